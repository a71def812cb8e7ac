/** Addresses inside the sandbox; every lab has the same, since each has a network of its own. */
export const NODE_NAME = "lab";
export const NODE_ADDRESS = "10.88.0.1";
export const SERVICE_RANGE = "10.96.0.0/16";
export const API_SERVICE_ADDRESS = "10.96.0.1";
export const DNS_ADDRESS = "10.96.0.10";
export const API_PORT = 6443;
/** What the lab's directory is called inside the sandbox. */
export const INSIDE = "/run/lab";
