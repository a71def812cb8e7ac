import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import type { FixtureValues } from "../../vault/bootstrap/configuration";
import { withCredentials } from "../../vault/bootstrap/credentials";
import { kubectl, NAMESPACE, target } from "./support/lab";
import { apply, runBootstrap, SECRET, startVaultInLab, stopVaultInLab, STORE, VAULT } from "./support/vaultInLab";

const FIXTURES: FixtureValues = {
  "inference/inference-api-credentials": {
    OPENAI_API_KEY: { value: "value-of-openai" },
    LANGSMITH_API_KEY: { value: "value-of-langsmith" },
  },
  "keycloak/keycloak-platform-client": { "client-secret": { value: "value-of-client", initial: true } },
};

describe("Vault, its bootstrap and External Secrets in the lab", () => {
  const logs: string[] = [];

  async function bootstrap(): Promise<{ ok: boolean; log: string }> {
    const result = await runBootstrap();
    logs.push(result.log);
    return result;
  }

  async function secret(name: string, namespace = NAMESPACE): Promise<Record<string, string>> {
    const { data = {} } = await (await target()).config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
  }

  /** Has External Secrets make a Secret of all that a path holds. */
  async function fetch(name: string, store: string, key: string): Promise<void> {
    await apply([
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name, namespace: NAMESPACE },
        spec: {
          secretStoreRef: { name: store, kind: "ClusterSecretStore" },
          target: { name, creationPolicy: "Owner", deletionPolicy: "Retain" },
          dataFrom: [{ extract: { key } }],
        },
      },
    ]);
    await kubectl("-n", NAMESPACE, "wait", `externalsecret/${name}`, "--for=condition=Ready", "--timeout=30s");
  }

  before(() => startVaultInLab(FIXTURES));

  after(async () => {
    await kubectl("-n", NAMESPACE, "delete", "externalsecrets,pushsecrets", "--all");
    await stopVaultInLab();
  });

  it("comes up from nothing, and a second run has nothing to do", async () => {
    const first = await bootstrap();
    assert.equal(first.ok, true, first.log);
    assert.match(first.log, /^initialised Vault\nunsealed Vault$/m);
    await kubectl("-n", VAULT, "wait", "pod/vault-0", "--for=condition=Ready", "--timeout=30s");
    const second = await bootstrap();
    assert.match(second.log, /^Vault is as configured: nothing to do \(\d+ requests to Vault, 1 to Kubernetes\)$/m);
  });

  it("gives a namespace what it asks for, through a token made for the moment", async () => {
    await kubectl("wait", `clustersecretstore/${STORE}`, "--for=condition=Ready", "--timeout=60s");
    await fetch("inference-api-credentials", STORE, "inference/inference-api-credentials");
    assert.deepEqual(await secret("inference-api-credentials"), {
      OPENAI_API_KEY: "value-of-openai",
      LANGSMITH_API_KEY: "value-of-langsmith",
    });
  });

  it("takes a copy of what CloudNativePG owns", async () => {
    await kubectl("wait", "clustersecretstore/mirror", "--for=condition=Ready", "--timeout=60s");
    await apply([
      {
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        metadata: { name: "platform-db-credentials", namespace: NAMESPACE },
        spec: {
          secretStoreRefs: [{ name: "mirror", kind: "ClusterSecretStore" }],
          selector: { secret: { name: "platform-db-credentials" } },
          refreshInterval: "1h",
          updatePolicy: "Replace",
          deletionPolicy: "None",
          data: [{ match: { remoteRef: { remoteKey: `dev/${NAMESPACE}/platform-db-credentials` } } }],
        },
      },
    ]);
    await kubectl("-n", NAMESPACE, "wait", "pushsecret/platform-db-credentials", "--for=condition=Ready", "--timeout=30s");
    await fetch("copy", "mirror", `dev/${NAMESPACE}/platform-db-credentials`);
    assert.deepEqual(await secret("copy"), await secret("platform-db-credentials"));
  });

  it("is unsealed again after the end of its pod", async () => {
    await kubectl("-n", VAULT, "delete", "pod", "vault-0", "--wait");
    const { ok, log } = await bootstrap();
    assert.equal(ok, true, log);
    assert.match(log, /^unsealed Vault$/m);
    await kubectl("-n", VAULT, "wait", "pod/vault-0", "--for=condition=Ready", "--timeout=30s");
  });

  it("says that the keys are lost, and touches nothing", async () => {
    const core = (await target()).config.makeApiClient(CoreV1Api);
    const { metadata, ...kept } = await core.readNamespacedSecret({ namespace: VAULT, name: SECRET });
    const claim = await kubectl("-n", VAULT, "get", "pvc", "data-vault-0", "-o", "jsonpath={.metadata.uid}");
    await kubectl("-n", VAULT, "delete", "secret", SECRET);
    const { ok, log } = await bootstrap();
    assert.equal(ok, false);
    assert.match(
      log,
      /is initialised, but the Secret vault-auto-credentials, .* Nothing was changed\nRemedy: restore the Secret from a copy/,
    );
    assert.equal(await kubectl("-n", VAULT, "get", "pvc", "data-vault-0", "-o", "jsonpath={.metadata.uid}"), claim);
    await core.createNamespacedSecret({ namespace: VAULT, body: { ...kept, metadata: { name: metadata!.name! } } });
    assert.match((await bootstrap()).log, /nothing to do/);
  });

  it("begins anew by itself when a run was ended while Vault was initialised", async () => {
    const core = (await target()).config.makeApiClient(CoreV1Api);
    const claim = () => kubectl("-n", VAULT, "get", "pvc", "data-vault-0", "-o", "jsonpath={.metadata.uid}");
    await kubectl("-n", VAULT, "delete", "secret", SECRET);
    await kubectl("-n", VAULT, "delete", "pvc", "data-vault-0", "--wait=false");
    await kubectl("-n", VAULT, "delete", "pod", "vault-0", "--wait");
    await kubectl("-n", VAULT, "wait", "pod/vault-0", "--for=jsonpath={.status.phase}=Running", "--timeout=60s");
    const storage = await claim();
    // As such a run leaves it: it has said what it is about to do, Vault has done it, and nobody has the answer.
    const attempt = { attempt: { id: "ended", until: Date.now() - 1000, storage } };
    const { annotations } = withCredentials(undefined, SECRET, attempt).metadata;
    await core.createNamespacedSecret({ namespace: VAULT, body: { metadata: { name: SECRET, annotations: { ...annotations } } } });
    const init = ["vault", "operator", "init", "-address=https://localhost:8200", "-tls-skip-verify", "-key-shares=1", "-key-threshold=1"];
    await kubectl("-n", VAULT, "exec", "vault-0", "--", ...init);
    const { ok, log } = await bootstrap();
    assert.equal(ok, true, log);
    assert.match(log, /^a run was ended while it initialised Vault, .*: replaced Vault's empty storage, claim data-vault-0$/m);
    assert.match(log, /^initialised Vault\nunsealed Vault$/m);
    assert.notEqual(await claim(), storage);
    assert.match((await bootstrap()).log, /nothing to do/);
  });

  it("keeps secrets out of logs, pods, ConfigMaps and events", async () => {
    const keys = await secret(SECRET, VAULT);
    const values = Object.values(FIXTURES).flatMap((fixture) => Object.values(fixture).map(({ value }) => value));
    const seen = [
      ...logs,
      await kubectl("-n", VAULT, "logs", "vault-0"),
      await kubectl("-n", "external-secrets", "logs", "deployment/external-secrets"),
      await kubectl("get", "pods,configmaps,events,jobs,cronjobs,statefulsets", "-A", "-o", "json"),
    ].join("\n");
    for (const value of [...values, ...Object.values(keys)]) assert.equal(seen.includes(value), false);
  });
});
