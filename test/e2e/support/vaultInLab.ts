import { execa } from "execa";
import { giveImages, labStatus } from "../../../lab/cluster";
import { ensureLabExternalSecrets } from "../../../lab/extras/externalSecrets";
import { ensureLabVault } from "../../../lab/extras/vault";
import { ensureNodeImage } from "../../../lab/images";
import { kubectlPath } from "../../../lab/toolchain";
import type { BootstrapConfiguration, FixtureValues } from "../../../vault/bootstrap/configuration";
import { bundleBootstrap } from "../../../vault/bundle";
import { mirrorPolicy, storePolicy } from "../../../vault/policies";
import { serverCertificate } from "../../support/authority";
import { kubectl, NAMESPACE, quiet, target } from "./lab";

/** Vault, its bootstrap and External Secrets in the lab, in the plainest form that the parts work together in. */
export const VAULT = "vault";
export const BOOTSTRAP = "foundation-vault-bootstrap";
export const SECRET = "vault-auto-credentials";
export const STORE = "ameide-vault";

const SERVER = `${VAULT}.${VAULT}.svc`;
const RESTRICTED = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const CONFINED = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };

/** Brings everything up but the first run of the bootstrap: Vault is sealed and not initialised. */
export async function startVaultInLab(fixtures: FixtureValues): Promise<void> {
  const lab = await labStatus();
  if (lab === undefined) throw new Error("the lab does not run");
  const [vault, node, tls] = [
    await ensureLabVault(quiet, lab),
    await ensureNodeImage(quiet),
    await serverCertificate([SERVER, "localhost"]),
  ];
  await giveImages(quiet, lab, [node]);
  await ensureLabExternalSecrets(quiet, lab);
  const configuration: BootstrapConfiguration = {
    environment: "dev",
    address: `https://${SERVER}:8200`,
    secret: SECRET,
    storage: { claim: `data-${VAULT}-0`, pod: `${VAULT}-0` },
    mounts: { secret: { description: "Fixtures" }, mirror: { description: "Copies of what CloudNativePG owns", checkAndSet: true } },
    fixtureMount: "secret",
    audit: { file: { file: "/vault/audit/audit.log" } },
    kubernetes: {
      mount: "kubernetes",
      host: "https://kubernetes.default.svc",
      plugin: vault.kubernetesPlugin,
      roles: { store: role(STORE, "read-fixtures"), mirror: role("mirror", "write-mirror") },
    },
    policies: {
      "read-fixtures": storePolicy("secret"),
      "write-mirror": mirrorPolicy("mirror", "dev", false),
    },
  };
  const hcl = `
    storage "raft" {
      path = "/vault/data"
      node_id = "${VAULT}-0"
      performance_multiplier = 1
    }
    listener "tcp" {
      address = "[::]:8200"
      cluster_address = "[::]:8201"
      tls_cert_file = "/vault/tls/tls.crt"
      tls_key_file = "/vault/tls/tls.key"
    }
    api_addr = "https://${SERVER}:8200"
    cluster_addr = "https://${SERVER}:8201"
    disable_mlock = true
    plugin_directory = "${vault.pluginDirectory}"`;
  await apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: VAULT, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
    secret("vault-tls", { "tls.crt": tls.cert, "tls.key": tls.key }),
    configMap("vault-ca", { "ca.crt": tls.ca }),
    configMap("vault-config", { "vault.hcl": hcl }),
    configMap(BOOTSTRAP, { "bootstrap.cjs": bundleBootstrap(), "configuration.json": JSON.stringify(configuration) }),
    secret("vault-fixtures", { "fixtures.json": JSON.stringify(fixtures) }),
    ...accounts(),
    ...server(vault.image),
    cronJob(node.reference),
    store(STORE, "secret", "store"),
    store("mirror", "mirror", "mirror", { checkAndSet: { required: true } }),
  ]);
}

/** Has the bootstrap run now, as by hand, and returns what it said once it has ended. */
export async function runBootstrap(): Promise<{ ok: boolean; log: string }> {
  const name = `by-hand-${Date.now()}`;
  await kubectl("-n", VAULT, "create", "job", name, `--from=cronjob/${BOOTSTRAP}`);
  const condition = (which: string) => kubectl("-n", VAULT, "wait", `job/${name}`, `--for=condition=${which}`, "--timeout=150s");
  const ok = await Promise.any([condition("Complete").then(() => true), condition("Failed").then(() => false)]);
  return { ok, log: await kubectl("-n", VAULT, "logs", `job/${name}`) };
}

export async function stopVaultInLab(): Promise<void> {
  await kubectl("delete", "clustersecretstore", STORE, "mirror", "--ignore-not-found");
  await kubectl("delete", "clusterrolebinding", "vault-auth-delegator", "--ignore-not-found");
  await kubectl("delete", "namespace", VAULT, "--ignore-not-found");
}

export async function apply(objects: readonly object[]): Promise<void> {
  const { kubeconfig, context } = await target();
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await execa(await kubectlPath(), ["--context", context, "apply", "--server-side", "--force-conflicts", "-f", "-"], {
    env: { KUBECONFIG: kubeconfig },
    input: list,
  });
}

function role(serviceAccount: string, policy: string): BootstrapConfiguration["kubernetes"]["roles"][string] {
  return { serviceAccounts: [serviceAccount], namespaces: [VAULT], audience: VAULT, policies: [policy], ttlSeconds: 600 };
}

const inVault = (name: string) => ({ name, namespace: VAULT });
const configMap = (name: string, data: Record<string, string>) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: inVault(name), data });
const secret = (name: string, stringData: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: inVault(name),
  stringData,
});

function accounts(): object[] {
  const account = (name: string) => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: inVault(name) });
  const rbac = "rbac.authorization.k8s.io";
  return [
    ...[VAULT, BOOTSTRAP, STORE, "mirror"].map(account),
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "vault-auth-delegator" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "system:auth-delegator" },
      subjects: [{ kind: "ServiceAccount", ...inVault(VAULT) }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: inVault(BOOTSTRAP),
      rules: [
        // A name cannot be demanded of what is only being created.
        { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
        { apiGroups: [""], resources: ["secrets"], resourceNames: [SECRET], verbs: ["get", "update"] },
        { apiGroups: [""], resources: ["persistentvolumeclaims"], resourceNames: [`data-${VAULT}-0`], verbs: ["get", "delete"] },
        { apiGroups: [""], resources: ["pods"], resourceNames: [`${VAULT}-0`], verbs: ["delete"] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: inVault(BOOTSTRAP),
      roleRef: { apiGroup: rbac, kind: "Role", name: BOOTSTRAP },
      subjects: [{ kind: "ServiceAccount", ...inVault(BOOTSTRAP) }],
    },
  ];
}

function server(image: string): object[] {
  const labels = { app: VAULT };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: inVault(VAULT),
      // The bootstrap has to reach it before it is ready.
      spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: labels, ports: [{ port: 8200 }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: inVault(VAULT),
      spec: {
        serviceName: VAULT,
        replicas: 1,
        selector: { matchLabels: labels },
        volumeClaimTemplates: [
          { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
        ],
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: VAULT,
            securityContext: { ...RESTRICTED, runAsUser: 100, runAsGroup: 1000, fsGroup: 1000 },
            terminationGracePeriodSeconds: 5,
            containers: [
              {
                name: VAULT,
                image,
                imagePullPolicy: "IfNotPresent",
                args: ["server", "-config=/vault/config/vault.hcl"],
                ports: [{ containerPort: 8200 }],
                readinessProbe: { httpGet: { path: "/v1/sys/health", port: 8200, scheme: "HTTPS" }, periodSeconds: 2 },
                securityContext: CONFINED,
                volumeMounts: [
                  { name: "data", mountPath: "/vault/data" },
                  { name: "audit", mountPath: "/vault/audit" },
                  { name: "config", mountPath: "/vault/config" },
                  { name: "tls", mountPath: "/vault/tls" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "audit", emptyDir: {} },
              { name: "config", configMap: { name: "vault-config" } },
              { name: "tls", secret: { secretName: "vault-tls", defaultMode: 0o440 } },
              { name: "tmp", emptyDir: { medium: "Memory" } },
            ],
          },
        },
      },
    },
  ];
}

function cronJob(image: string): object {
  const at = (directory: string, file: string) => `/bootstrap/${directory}/${file}`;
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: inVault(BOOTSTRAP),
    spec: {
      schedule: "* * * * *",
      // The test says when.
      suspend: true,
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 120,
          template: {
            spec: {
              restartPolicy: "Never",
              serviceAccountName: BOOTSTRAP,
              securityContext: RESTRICTED,
              containers: [
                {
                  name: "bootstrap",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  args: [
                    at("program", "bootstrap.cjs"),
                    at("program", "configuration.json"),
                    at("fixtures", "fixtures.json"),
                    at("ca", "ca.crt"),
                  ],
                  securityContext: CONFINED,
                  volumeMounts: ["program", "fixtures", "ca"].map((name) => ({ name, mountPath: `/bootstrap/${name}`, readOnly: true })),
                },
              ],
              volumes: [
                { name: "program", configMap: { name: BOOTSTRAP } },
                { name: "fixtures", secret: { secretName: "vault-fixtures" } },
                { name: "ca", configMap: { name: "vault-ca" } },
              ],
            },
          },
        },
      },
    },
  };
}

function store(name: string, path: string, roleName: string, options: object = {}): object {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name },
    spec: {
      conditions: [{ namespaces: [NAMESPACE] }],
      // It is looked at before Vault is up, and by default not again for five minutes.
      refreshInterval: 5,
      provider: {
        vault: {
          server: `https://${SERVER}:8200`,
          path,
          version: "v2",
          ...options,
          caProvider: { type: "ConfigMap", name: "vault-ca", key: "ca.crt", namespace: VAULT },
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: roleName,
              serviceAccountRef: { ...inVault(name), audiences: [VAULT] },
            },
          },
        },
      },
    },
  };
}
