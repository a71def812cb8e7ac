import type { OwnPods } from "../../../catalog/ownPods";
import assert from "node:assert/strict";
import { VaultServer } from "../../../components/vault/server";
import type { Seal } from "../../../components/vault/serverConfig";
import { place } from "../../support/fixtures";
import { run, type Run } from "../../support/program";
import { AZURE, deployed, REPLICATED } from "../../support/vaults";

const SET = "kubernetes:apps/v1:StatefulSet::vault";
const CONFIG = "kubernetes:core/v1:ConfigMap::vault-config";
const ACCOUNT = "kubernetes:core/v1:ServiceAccount::vault-account";
const COMPONENT = "cnpg-credentials:index:VaultServer::vault";
const CERTIFICATE = "cnpg-credentials:index:VaultCertificate::vault-tls";
const TLS = "kubernetes:core/v1:Secret::vault-tls";
const ALWAYS = [
  COMPONENT,
  SET,
  CONFIG,
  ACCOUNT,
  "kubernetes:core/v1:Service::vault-clients",
  "kubernetes:core/v1:Service::vault-internal",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::vault-token-review",
];
const GENERATED = [
  CERTIFICATE,
  TLS,
  "random:index/randomPassword:RandomPassword::vault-tls-authority-seed",
  "random:index/randomPassword:RandomPassword::vault-tls-server-seed",
  "random:index/randomUuid7:RandomUuid7::vault-tls-since",
];
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget::vault-budget";
const OWN_CERTIFICATE = { "server.tls": { kind: "secret", name: "vault-cert" } };
const AZURE_SEAL: Seal = {
  type: "azurekeyvault",
  tenantId: AZURE.tenantId,
  vaultName: "kv",
  keyName: "vault-unseal",
  clientId: AZURE.keyVault.clientId,
};

interface Case {
  changes?: Readonly<Record<string, unknown>>;
  seal?: Seal;
  protection?: "none" | "protected";
  preview?: boolean;
  pods?: OwnPods;
}

function make({ changes = {}, seal, protection = "none", preview = false, pods }: Case = {}): Promise<Run<VaultServer>> {
  const server = deployed(changes);
  const own = server.seal.type === "azurekeyvault" ? AZURE_SEAL : server.seal;
  const args = () => ({ server, place: { ...place(), namespace: "vault", pods }, seal: seal ?? own, protection });
  return run(() => new VaultServer("vault", args()), { preview });
}
const sorted = (list: readonly string[]) => [...list].sort();
const ids = ({ resources }: Run<unknown>) => sorted(resources.map(({ id }) => id));
const hcl = ({ get }: Run<unknown>) => (get(CONFIG).inputs.data as Record<string, string>)["vault.hcl"]!;
interface Pod {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: { containers: { env: object[]; image: string }[] } & Record<string, unknown>;
}
const podOf = ({ get }: Run<unknown>) => (get(SET).inputs.spec as { template: Pod }).template;

describe("components/vault/server", () => {
  const cases: [string, Case, string[]][] = [
    ["dev's", {}, [...ALWAYS, ...GENERATED]],
    ["with a certificate of the user's", { changes: OWN_CERTIFICATE }, ALWAYS],
    ["three that unseal themselves", { changes: REPLICATED }, [...ALWAYS, ...GENERATED, BUDGET]],
  ];
  for (const [what, of, expected] of cases)
    it(`${what}: makes the same objects in a preview and in an update`, async () => {
      for (const preview of [false, true]) assert.deepEqual(ids(await make({ ...of, preview })), sorted(expected));
    });

  it("listens over TLS only, and keeps what it holds in raft", async () => {
    assert.equal(
      hcl(await make()),
      [
        'storage "raft" {',
        '  path = "/vault/data"',
        "}",
        "",
        'listener "tcp" {',
        '  address = "[::]:8200"',
        '  cluster_address = "[::]:8201"',
        '  tls_cert_file = "/vault/tls/tls.crt"',
        '  tls_key_file = "/vault/tls/tls.key"',
        '  tls_min_version = "tls12"',
        "}",
        "",
        "disable_mlock = true",
        "ui = false",
        "",
      ].join("\n"),
    );
  });

  it("lets nobody in without a token, but where and for what the stack says so", async () => {
    assert.ok(!hcl(await make()).includes("unauthenticated"));
    const text = hcl(await make({ changes: { "server.unauthenticated": ["generate-root", "rekey"] } }));
    assert.match(text, /^enable_unauthenticated_access = \["generate-root","rekey"\]$/m);
  });

  it("has replicas look for each other, over TLS", async () => {
    const text = hcl(await make({ changes: REPLICATED }));
    for (const ordinal of [0, 1, 2])
      assert.ok(
        text.includes(
          `  retry_join {\n    leader_api_addr = "https://vault-${ordinal}.vault-internal.vault.svc:8200"\n    leader_ca_cert_file = "/vault/tls/ca.crt"\n  }\n`,
        ),
        text,
      );
  });

  it("unseals by another Vault, with a token that is in a Secret only", async () => {
    const made = await make({ changes: { ...REPLICATED, "server.seal.ca": "-----BEGIN CERTIFICATE-----\nx" } });
    assert.ok(
      hcl(made).includes(
        'seal "transit" {\n  address = "https://kms.example:8200"\n  mount_path = "transit/"\n  key_name = "vault-unseal"\n  tls_ca_cert = "/vault/config/transit-ca.crt"\n}\n',
      ),
    );
    assert.equal((made.get(CONFIG).inputs.data as Record<string, string>)["transit-ca.crt"], "-----BEGIN CERTIFICATE-----\nx");
    const [container] = podOf(made).spec.containers;
    assert.deepEqual(container!.env.at(-1), { name: "VAULT_TOKEN", valueFrom: { secretKeyRef: { name: "kms-token", key: "token" } } });
  });

  it("unseals by Azure's key with the identity of its service account, and no secret", async () => {
    const made = await make({ changes: { ...REPLICATED, "server.seal": AZURE } });
    assert.ok(
      hcl(made).includes(
        `seal "azurekeyvault" {\n  tenant_id = "${AZURE.tenantId}"\n  vault_name = "kv"\n  key_name = "vault-unseal"\n  client_id = "${AZURE.keyVault.clientId}"\n}\n`,
      ),
    );
    const { annotations } = made.get(ACCOUNT).inputs.metadata as { annotations: Record<string, string> };
    assert.equal(annotations["azure.workload.identity/client-id"], AZURE.keyVault.clientId);
    // In Vault's own pods alone.
    assert.equal(made.get(ACCOUNT).inputs.automountServiceAccountToken, false);
    assert.equal(podOf(made).metadata.labels["azure.workload.identity/use"], "true");
  });

  it("runs under Pod Security restricted, without swap or dumps, ready only when it is unsealed", async () => {
    const { metadata, spec } = podOf(await make());
    const { containers, volumes: _volumes, ...rest } = spec;
    assert.deepEqual(rest, {
      serviceAccountName: "vault",
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 10,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 100,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    const { readinessProbe, resources, securityContext, command } = containers[0] as unknown as Record<string, Record<string, unknown>>;
    assert.deepEqual(readinessProbe!.httpGet, { path: "/v1/sys/health?standbyok=true", port: "https", scheme: "HTTPS" });
    assert.deepEqual(resources!.requests, resources!.limits);
    assert.deepEqual(securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    assert.deepEqual(command, ["vault", "server", "-config=/vault/config/vault.hcl"]);
    assert.match(metadata.annotations["cnpg-credentials/checksum"]!, /^[0-9a-f]{64}$/);
  });

  it("names no user where the platform gives each namespace its own", async () => {
    const { securityContext } = podOf(await make({ pods: { user: "platform", imagePullSecrets: [] } })).spec;
    assert.deepEqual(securityContext, {
      runAsNonRoot: true,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("keeps replicas apart as the stack says", async () => {
    const pod = async (placement: object) => podOf(await make({ changes: { ...REPLICATED, "server.placement": placement } })).spec;
    const labelSelector = { matchLabels: { "app.kubernetes.io/name": "vault", "app.kubernetes.io/instance": "vault" } };
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector };
    assert.deepEqual((await pod({ antiAffinity: "required" })).affinity, {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
    });
    const { affinity, topologySpreadConstraints } = await pod({ zones: "spread" });
    assert.deepEqual(affinity, {
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] },
    });
    assert.deepEqual(topologySpreadConstraints, [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", labelSelector },
    ]);
    assert.equal((await pod({ antiAffinity: "none" })).affinity, undefined);
  });

  it("restarts for another configuration and another certificate, and for nothing else", async () => {
    const sum = async (changes: object) => podOf(await make({ changes: { ...changes } })).metadata.annotations["cnpg-credentials/checksum"];
    const first = await sum({});
    assert.equal(await sum({}), first);
    assert.notEqual(await sum(REPLICATED), first);
    assert.notEqual(await sum(OWN_CERTIFICATE), first);
  });

  it("serves clients what is ready, and everybody else what is not", async () => {
    const { get } = await make();
    const [clients, internal] = ["clients", "internal"].map((which) => get(`kubernetes:core/v1:Service::vault-${which}`).inputs);
    assert.deepEqual((clients!.metadata as { name: string }).name, "vault");
    assert.deepEqual((clients!.spec as { publishNotReadyAddresses?: boolean }).publishNotReadyAddresses, undefined);
    const { clusterIP, publishNotReadyAddresses } = internal!.spec as Record<string, unknown>;
    assert.deepEqual([clusterIP, publishNotReadyAddresses], ["None", true]);
  });

  it("keeps the certificate's key secret, and its volumes when it goes", async () => {
    const { get, resources } = await make({ protection: "protected" });
    assert.deepEqual(get(TLS).secrets, ["data"]);
    assert.deepEqual(
      resources.filter(({ secrets }) => secrets.length > 0).map(({ id }) => id),
      [TLS],
    );
    const { persistentVolumeClaimRetentionPolicy } = get(SET).inputs.spec as Record<string, unknown>;
    assert.deepEqual(persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
    assert.equal(get(SET).options.protect, true);
    assert.equal((await make()).get(SET).options.protect, undefined);
  });

  it("says where it is, and by which authority it is known", async () => {
    const { result } = await make();
    assert.equal(result.endpoint.address, "https://vault.vault.svc:8200");
    assert.ok(result.endpoint.ca);
    const own = (await make({ changes: OWN_CERTIFICATE })).result.endpoint;
    assert.deepEqual([own.ca, own.caSecret], [undefined, { name: "vault-cert", namespace: "vault" }]);
  });
});
