import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CredentialMirror, type CredentialMirrorArgs } from "../../../components/vault/credentialMirror";
import { Database } from "../../../kube/kinds/database";
import { expectedMetadata, place, service } from "../../support/fixtures";
import { run, versionOf, type Run } from "../../support/program";
import { EXISTING, vaultConfig } from "../../support/vaults";

const COMPONENT = "cnpg-credentials:index:CredentialMirror::mirror";
const STORE = "cnpg-credentials:index:SecretStore::ameide-vault-mirror";
const CLUSTER_STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore::ameide-vault-mirror";
const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const PUSH = "kubernetes:external-secrets.io/v1alpha1:PushSecret";
const SECRET = "kubernetes:core/v1:Secret";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";

const mirrorOf = (mirror: object = {}) => vaultConfig({ ...EXISTING, mirror: { mode: "push", ...mirror } });

/** A mirror of services, each of which is done when an object of its name is there. */
function make(config = mirrorOf(), { preview = false } = {}) {
  return run(
    () => {
      const credentials = ["agents", "platform"].map((name): CredentialMirrorArgs["credentials"][number] => {
        const secret = new k8s.core.v1.Secret(name, { metadata: { name }, data: pulumi.secret({ password: "c2VjcmV0" }) });
        const spec = { cluster: { name: "pg" }, name: "d", owner: "o", databaseReclaimPolicy: "retain" } as const;
        return { service: service(name), secret, done: [secret, new Database(`${name}-done`, { metadata: {}, spec })] };
      });
      const vault = { address: "https://vault.example", ca: "ca in PEM", ready: [] };
      return new CredentialMirror("mirror", { vault, config, environment: "prod", place: place(), credentials });
    },
    { preview },
  );
}
const own = ({ resources }: Run<unknown>) => resources.filter(({ parent }) => parent === COMPONENT || parent === STORE).map(({ id }) => id);
const spec = (made: Run<unknown>, id: string) => made.get(id).inputs.spec as Record<string, unknown>;

describe("components/vault/credentialMirror", () => {
  it("makes a store and what pushes each Secret to it, the same in a preview", async () => {
    for (const preview of [false, true])
      assert.deepEqual(own(await make(undefined, { preview })), [
        STORE,
        `${ACCOUNT}::ameide-vault-mirror-account`,
        `${ACCOUNT}::ameide-vault-mirror-reader`,
        CLUSTER_STORE,
        `${PUSH}::mirror-agents`,
        `${PUSH}::mirror-platform`,
      ]);
  });

  it("pushes the whole Secret to a path of its own, one way", async () => {
    const made = await make();
    const { inputs, secrets } = made.get(`${PUSH}::mirror-platform`);
    assert.deepEqual(inputs.metadata, {
      ...expectedMetadata("platform-db-credentials", {
        service: "platform",
        annotations: { "cnpg-credentials/secret-version": versionOf("platform") },
      }),
    });
    assert.deepEqual(inputs.spec, {
      secretStoreRefs: [{ name: "ameide-vault-mirror", kind: "ClusterSecretStore" }],
      selector: { secret: { name: "platform-db-credentials" } },
      refreshInterval: "1h0m0s",
      updatePolicy: "Replace",
      deletionPolicy: "None",
      data: [{ match: { remoteRef: { remoteKey: "prod/apps/platform-db-credentials" } } }],
    });
    assert.deepEqual(secrets, []);
  });

  it("pushes what is proven, and leaves the store there until the last copy is gone", async () => {
    const { get } = await make();
    const { dependsOn, options } = get(`${PUSH}::mirror-agents`);
    assert.deepEqual(dependsOn, [`${SECRET}::agents`, `${DATABASE}::agents-done`, CLUSTER_STORE].sort());
    assert.deepEqual(options.customTimeouts, { pb_delete: "60s" });
  });

  it("waits for nothing that External Secrets does", async () => {
    const { ofKind } = await make();
    for (const { inputs } of [...ofKind("PushSecret"), ...ofKind("ClusterSecretStore")])
      assert.deepEqual(
        Object.keys((inputs.metadata as { annotations: object }).annotations).filter((key) => key.startsWith("pulumi.com/")),
        [],
      );
  });

  it("has External Secrets remove a copy that is not to be kept", async () => {
    assert.equal(spec(await make(mirrorOf({ retention: "delete" })), `${PUSH}::mirror-agents`).deletionPolicy, "Delete");
  });

  it("copies only the services that are named", async () => {
    assert.deepEqual(
      (await make(mirrorOf({ services: ["agents"] }))).ofKind("PushSecret").map(({ id }) => id),
      [`${PUSH}::mirror-agents`],
    );
  });

  it("writes by versions, as a role of its own, for the stack's namespace alone", async () => {
    const made = await make(mirrorOf({ mount: "copies" }));
    assert.deepEqual(spec(made, CLUSTER_STORE), {
      conditions: [{ namespaces: ["apps"] }],
      refreshInterval: 60,
      provider: {
        vault: {
          server: "https://vault.example",
          path: "copies",
          version: "v2",
          caBundle: Buffer.from("ca in PEM").toString("base64"),
          checkAndSet: { required: true },
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "ameide-vault-mirror",
              serviceAccountRef: { name: "ameide-vault-mirror", namespace: "apps", audiences: ["vault"] },
            },
          },
        },
      },
    });
  });

  it("gives nobody a token of its accounts, which are where Vault is", async () => {
    const made = await make(vaultConfig({ "mirror.mode": "push" }));
    for (const name of ["account", "reader"]) {
      const { inputs } = made.get(`${ACCOUNT}::ameide-vault-mirror-${name}`);
      assert.equal(inputs.automountServiceAccountToken, false);
      assert.equal((inputs.metadata as { namespace: string }).namespace, "vault");
    }
  });
});
