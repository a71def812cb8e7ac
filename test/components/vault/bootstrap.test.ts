import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { VaultBootstrap, type VaultBootstrapArgs } from "../../../components/vault/bootstrap";
import { fixtureValues } from "../../../components/vault/fixtureValues";
import type { DeployedVault } from "../../../vault/names";
import { vaultAccess } from "../../../vault/access";
import { bundleBootstrap } from "../../../components/bundle";
import type { PlannedKey } from "../../../vault/fixture";
import { decoded, place } from "../../support/fixtures";
import { passwordOf, run, type Run } from "../../support/program";
import { vaultConfig } from "../../support/vaults";

const CRON_JOB = "kubernetes:batch/v1:CronJob::vault";
const FIRST_RUN = "kubernetes:batch/v1:Job::vault-first-run";
const PROGRAM = "kubernetes:core/v1:ConfigMap::vault-program";
const FIXTURES = "kubernetes:core/v1:Secret::vault-fixtures";
const GENERATED = "random:index/randomPassword:RandomPassword::fixture-shop-login-password";
const EXPECTED = [
  "cnpg-credentials:index:VaultBootstrap::vault",
  CRON_JOB,
  FIRST_RUN,
  PROGRAM,
  FIXTURES,
  "kubernetes:core/v1:ServiceAccount::vault-account",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::vault-role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::vault-binding",
  GENERATED,
].sort();

const planned: PlannedKey[] = [
  { path: "shop/login", key: "password", source: { kind: "random", length: 32 }, initial: true },
  { path: "shop/login", key: "username", source: { kind: "plain", value: "shop" }, initial: false },
  { path: "shop/api", key: "token", source: { kind: "given" }, initial: false },
];

interface Case {
  changes?: Readonly<Record<string, unknown>>;
  args?: Partial<VaultBootstrapArgs>;
  preview?: boolean;
}

function make({ changes = {}, args = {}, preview = false }: Case = {}): Promise<Run<VaultBootstrap>> {
  const config = vaultConfig(changes);
  return run(
    () => {
      const { configuration } = config;
      assert.ok(configuration.by === "cronJob");
      return new VaultBootstrap("vault", {
        environment: "dev",
        config,
        server: config.server as DeployedVault,
        image: configuration,
        vault: { address: "https://vault.vault.svc:8200", ca: pulumi.output("PEM"), ready: [] },
        place: { ...place(), namespace: "vault" },
        access: vaultAccess(config, "dev", "apps", { apps: ["shop/login"] }),
        fixtures: fixtureValues(planned, { "shop/api#token": pulumi.secret("hunter2") }, {}),
        ...args,
      });
    },
    { preview },
  );
}
const nameOf = ({ get }: Run<unknown>) => (get(FIRST_RUN).inputs.metadata as { name: string }).name;
const files = ({ get }: Run<unknown>) => get(PROGRAM).inputs.data as Record<string, string>;

describe("components/vault/bootstrap", () => {
  it("makes the same objects in a preview and in an update", async () => {
    for (const preview of [false, true]) assert.deepEqual((await make({ preview })).resources.map(({ id }) => id).sort(), EXPECTED);
  });

  it("runs every minute, one at a time, under the name that it is called by", async () => {
    const { metadata, spec } = (await make()).get(CRON_JOB).inputs as Record<string, Record<string, unknown>>;
    assert.equal(metadata!.name, "foundation-vault-bootstrap");
    const { schedule, concurrencyPolicy, suspend } = spec!;
    assert.deepEqual([schedule, concurrencyPolicy, suspend], ["* * * * *", "Forbid", undefined]);
  });

  it("runs once in an up, again for whatever changes it, and fails at once where somebody has to decide", async () => {
    const made = await make();
    const { spec } = made.get(FIRST_RUN).inputs as { spec: { template: unknown; podFailurePolicy: object } };
    const cron = made.get(CRON_JOB).inputs.spec as { jobTemplate: { spec: { template: unknown } } };
    assert.deepEqual(spec.template, cron.jobTemplate.spec.template);
    assert.deepEqual(spec.podFailurePolicy, {
      rules: [{ action: "FailJob", onExitCodes: { containerName: "bootstrap", operator: "In", values: [1] } }],
    });
    assert.match(nameOf(made), /^foundation-vault-bootstrap-[0-9a-f]{8}$/);
    assert.equal(nameOf(await make()), nameOf(made));
    for (const changes of [{ mount: "other" }, { "configuration.image": "node:24" }])
      assert.notEqual(nameOf(await make({ changes })), nameOf(made));
  });

  it("gives it the program and its configuration, none of them secret", async () => {
    const made = await make();
    const { "configuration.json": configuration, ...rest } = files(made);
    assert.deepEqual(rest, { "bootstrap.cjs": bundleBootstrap() });
    assert.equal(made.get(PROGRAM).inputs.immutable, true);
    assert.deepEqual(made.get(PROGRAM).secrets, []);
    const { policies, ...plain } = JSON.parse(configuration!) as { policies: Record<string, string> };
    assert.deepEqual(Object.keys(policies), ["ameide-vault"]);
    assert.deepEqual(plain, {
      environment: "dev",
      address: "https://vault-0.vault-internal.vault.svc:8200",
      secret: "vault-auto-credentials",
      storage: { claim: "data-vault-0", pod: "vault-0" },
      mounts: { secret: { description: "What services fetch" } },
      fixtureMount: "secret",
      audit: { file: { file: "stdout" } },
      kubernetes: {
        mount: "kubernetes",
        host: "https://kubernetes.default.svc",
        roles: {
          "ameide-vault": {
            serviceAccounts: ["ameide-vault"],
            namespaces: ["vault"],
            audience: "vault",
            policies: ["ameide-vault"],
            ttlSeconds: 600,
          },
        },
      },
    });
  });

  it("gives it the fixtures in a Secret, and has their values nowhere else", async () => {
    const { get, resources } = await make();
    assert.deepEqual(get(FIXTURES).secrets, ["data"]);
    assert.deepEqual(JSON.parse(decoded(get(FIXTURES).inputs.data)["fixtures.json"]!), {
      "shop/api": { token: { value: "hunter2" } },
      "shop/login": { password: { value: passwordOf("fixture-shop-login-password"), initial: true }, username: { value: "shop" } },
    });
    for (const { id, inputs } of resources)
      if (id !== FIXTURES)
        for (const value of ["hunter2", passwordOf("fixture-shop-login-password")]) assert.ok(!JSON.stringify(inputs).includes(value), id);
  });

  it("may do what it has to do, by name", async () => {
    const { rules } = (await make()).get("kubernetes:rbac.authorization.k8s.io/v1:Role::vault-role").inputs;
    assert.deepEqual(rules, [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["vault-auto-credentials"], verbs: ["get", "update"] },
      { apiGroups: [""], resources: ["persistentvolumeclaims"], resourceNames: ["data-vault-0"], verbs: ["get", "delete"] },
      { apiGroups: [""], resources: ["pods"], resourceNames: ["vault-0"], verbs: ["delete"] },
    ]);
  });

  it("runs under Pod Security restricted", async () => {
    const { template } = (await make()).get(FIRST_RUN).inputs.spec as { template: { spec: Record<string, unknown> } };
    const [container] = template.spec.containers as Record<string, unknown>[];
    assert.deepEqual(template.spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container!.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("takes the authority from the Secret that has it", async () => {
    for (const [changes, secretName] of [
      [{}, "vault-tls"],
      [{ "server.tls": { kind: "secret", name: "vault-cert" } }, "vault-cert"],
    ] as const) {
      const made = await make({ changes });
      assert.deepEqual(Object.keys(files(made)).sort(), ["bootstrap.cjs", "configuration.json"]);
      const { template } = made.get(FIRST_RUN).inputs.spec as {
        template: { spec: { volumes: object[]; containers: { args: string[] }[] } };
      };
      assert.deepEqual(template.spec.volumes.at(-1), { name: "ca", secret: { secretName, items: [{ key: "ca.crt", path: "ca.crt" }] } });
      assert.equal(template.spec.containers[0]!.args.at(-1), "/bootstrap/ca/ca.crt");
    }
  });

  for (const environment of ["staging", "prod"])
    it(`cannot be made in ${environment}`, () =>
      assert.rejects(make({ args: { environment: environment as "dev" } }), {
        message: `foundation-vault-bootstrap keeps Vault's unseal key and root token in the cluster, and this is ${environment}`,
      }));
});
