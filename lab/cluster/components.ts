import { API_PORT, INSIDE, NODE_ADDRESS, NODE_NAME, SERVICE_RANGE } from "./network";

/** The programs that a lab's machine is started with, by their paths. */
export interface NodePrograms {
  /** etcd and all of Kubernetes in one program, whose first argument picks the part. */
  readonly kube: string;
  readonly provisioner: string;
}

/** A process that the supervisor keeps running. */
export interface Component {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Whether it is of no use, and slow to try again, before the API server answers. */
  readonly needsApi: boolean;
}

/** The storage class' provisioner, as its manifest names it. */
export const PROVISIONER = "cnpg-credentials.lab/directory";

const pki = (file: string) => `${INSIDE}/pki/${file}`;

/** Everything that runs on the machine beside the pods. */
export function components({ kube, provisioner }: NodePrograms): readonly Component[] {
  const ETCD = "http://127.0.0.1:2379";
  return [
    {
      name: "etcd",
      needsApi: false,
      // Flushing each write is for power cuts; a lab is made anew after one.
      command: [
        kube,
        "etcd",
        `--data-dir=${INSIDE}/etcd`,
        `--listen-client-urls=${ETCD}`,
        `--advertise-client-urls=${ETCD}`,
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
    },
    { name: "containerd", needsApi: false, command: ["containerd"] },
    {
      name: "kube-apiserver",
      needsApi: false,
      command: [
        kube,
        "kube-apiserver",
        `--etcd-servers=${ETCD}`,
        // Not loopback, which the API server refuses to publish as the address of the service `kubernetes`.
        `--advertise-address=${NODE_ADDRESS}`,
        `--secure-port=${API_PORT}`,
        `--service-cluster-ip-range=${SERVICE_RANGE}`,
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        `--tls-cert-file=${pki("apiserver.crt")}`,
        `--tls-private-key-file=${pki("apiserver.key")}`,
        `--client-ca-file=${pki("ca.crt")}`,
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--service-account-key-file=${pki("service-account.crt")}`,
        `--service-account-signing-key-file=${pki("service-account.key")}`,
        // The node has no resolvable host name.
        "--kubelet-preferred-address-types=InternalIP",
        `--kubelet-certificate-authority=${pki("ca.crt")}`,
        `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`,
        `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`,
        `--requestheader-client-ca-file=${pki("ca.crt")}`,
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        `--proxy-client-cert-file=${pki("front-proxy.crt")}`,
        `--proxy-client-key-file=${pki("front-proxy.key")}`,
      ],
    },
    {
      name: "kube-controller-manager",
      needsApi: true,
      command: [
        kube,
        "kube-controller-manager",
        `--kubeconfig=${pki("kube-controller-manager.kubeconfig")}`,
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        `--root-ca-file=${pki("ca.crt")}`,
        `--service-account-private-key-file=${pki("service-account.key")}`,
        `--cluster-signing-cert-file=${pki("ca.crt")}`,
        `--cluster-signing-key-file=${pki("ca.key")}`,
      ],
    },
    {
      name: "kube-scheduler",
      needsApi: true,
      command: [
        kube,
        "kube-scheduler",
        `--kubeconfig=${pki("kube-scheduler.kubeconfig")}`,
        "--leader-elect=false",
        // A pod whose claim was bound, or made anew, while the scheduler looked at it is at times not
        // looked at again for five minutes, which is the default.
        "--pod-max-in-unschedulable-pods-duration=5s",
      ],
    },
    {
      name: "kubelet",
      needsApi: true,
      command: [
        kube,
        "kubelet",
        "--config=/etc/kubernetes/kubelet.yaml",
        `--kubeconfig=${pki("kubelet.kubeconfig")}`,
        `--hostname-override=${NODE_NAME}`,
        `--node-ip=${NODE_ADDRESS}`,
        `--root-dir=${INSIDE}/kubelet`,
      ],
    },
    { name: "kube-proxy", needsApi: true, command: [kube, "kube-proxy", "--config=/etc/kubernetes/kube-proxy.yaml"] },
    {
      name: "provisioner",
      needsApi: true,
      command: [provisioner, `-kubeconfig=${pki("admin.kubeconfig")}`, `-name=${PROVISIONER}`, `-root=${INSIDE}/volumes`],
    },
  ];
}
