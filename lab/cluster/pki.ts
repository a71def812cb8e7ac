import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { exists } from "../artifact";
import { API_PORT, API_SERVICE_ADDRESS, NODE_ADDRESS, NODE_NAME } from "./network";

/** Who has a certificate: a subject that Kubernetes reads as user (CN) and group (O), and the names it serves under. */
interface Identity {
  readonly subject: string;
  readonly names?: readonly string[];
}

const API_NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

const IDENTITIES = {
  apiserver: {
    subject: "/CN=kube-apiserver",
    names: [...API_NAMES.map((name) => `DNS:${name}`), "IP:127.0.0.1", `IP:${API_SERVICE_ADDRESS}`, `IP:${NODE_ADDRESS}`],
  },
  "apiserver-kubelet-client": { subject: "/O=system:masters/CN=apiserver-kubelet-client" },
  "front-proxy": { subject: "/CN=front-proxy-client" },
  "service-account": { subject: "/CN=service-account" },
  admin: { subject: "/O=system:masters/CN=admin" },
  "kube-controller-manager": { subject: "/CN=system:kube-controller-manager" },
  "kube-scheduler": { subject: "/CN=system:kube-scheduler" },
  "kube-proxy": { subject: "/CN=system:kube-proxy" },
  kubelet: { subject: `/O=system:nodes/CN=system:node:${NODE_NAME}`, names: [`DNS:${NODE_NAME}`, `IP:${NODE_ADDRESS}`] },
} satisfies Record<string, Identity>;

export type IdentityName = keyof typeof IDENTITIES;

/** Those that reach the API server from inside the sandbox with a kubeconfig file, `<name>.kubeconfig`. */
const CLIENTS = ["admin", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"] as const satisfies readonly IdentityName[];

const DAYS = "3650";

/**
 * The certificate authority of a lab, and a key, certificate and kubeconfig for everyone in it, made once. Keys are
 * readable by root only.
 */
export async function ensurePki(directory: string): Promise<void> {
  if (await exists(directory)) return;
  const partial = `${directory}.partial`;
  await fs.rm(partial, { recursive: true, force: true });
  await fs.mkdir(partial, { recursive: true, mode: 0o700 });
  await certificate(partial, "ca", { subject: "/CN=cnpg-credentials-lab" }, [
    "-addext",
    "basicConstraints=critical,CA:TRUE",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
  ]);
  await Promise.all(
    Object.entries(IDENTITIES).map(([name, identity]) =>
      certificate(partial, name, identity, [
        ...["-CA", "ca.crt", "-CAkey", "ca.key"],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=serverAuth,clientAuth"],
      ]),
    ),
  );
  for (const name of CLIENTS) {
    await fs.writeFile(
      path.join(partial, `${name}.kubeconfig`),
      await kubeconfig(partial, name, `https://127.0.0.1:${API_PORT}`, NODE_NAME),
      {
        mode: 0o600,
      },
    );
  }
  await fs.rename(partial, directory);
}

/** A kubeconfig with everything embedded, in JSON, which is YAML too. `context` names all its parts. */
export async function kubeconfig(pki: string, identity: IdentityName, server: string, context: string): Promise<string> {
  const embedded = async (file: string) => (await fs.readFile(path.join(pki, file))).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster: { server, "certificate-authority-data": await embedded("ca.crt") } }],
    users: [
      {
        name: context,
        user: { "client-certificate-data": await embedded(`${identity}.crt`), "client-key-data": await embedded(`${identity}.key`) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    "current-context": context,
  });
}

async function certificate(directory: string, name: string, { subject, names = [] }: Identity, options: readonly string[]): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", `${name}.key`];
  const alternatives = names.length > 0 ? ["-addext", `subjectAltName=${names.join(",")}`] : [];
  await execa("openssl", ["req", "-x509", ...key, "-subj", subject, "-days", DAYS, "-out", `${name}.crt`, ...options, ...alternatives], {
    cwd: directory,
  });
}
