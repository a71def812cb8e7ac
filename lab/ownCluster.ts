/** Appended to a remedy wherever the machine itself cannot hold the lab. */
export const OWN_CLUSTER = "point at a cluster of your own that runs CloudNativePG: `KUBECONFIG=... npm run up`";
