import assert from "node:assert/strict";
import { CustomObjectsApi } from "@kubernetes/client-node";
import { CNPG } from "../../kube/kinds/groups";
import { OWNER_ANNOTATION } from "../../kube/marks";
import { holds, sleep } from "./support/clock";
import { clean, drift, kinds } from "./support/drift";
import { stopAtFailure } from "./support/inOrder";
import { CLUSTER, credentials, kubectl, NAMESPACE, superuser, target, withTunnel, type Configuration } from "./support/lab";
import { rotate, Turns } from "./support/rotation";

const BACKUP = "backup-of-that-day";
const PATIENCE = "--timeout=300s";

interface Manifest {
  metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

const api = async () => (await target()).config.makeApiClient(CustomObjectsApi);
const CLUSTERS = { ...CNPG, namespace: NAMESPACE, plural: "clusters" };

/** A Cluster whose data is another's of this moment. A stream from it, in the place of an object store, which the lab has not: what is restored is the same. */
async function makeFrom(source: string, { metadata, spec }: Manifest): Promise<void> {
  const secret = (name: string, key: string) => ({ name: `${source}-${name}`, key });
  // Without them, CloudNativePG makes a database and a role `app`.
  const { database, owner, secret: password } = (spec.bootstrap as { initdb: Record<string, unknown> }).initdb;
  const origin = {
    name: source,
    connectionParameters: { host: `${source}-rw.${NAMESPACE}.svc`, user: "streaming_replica", sslmode: "verify-full", dbname: "postgres" },
    sslKey: secret("replication", "tls.key"),
    sslCert: secret("replication", "tls.crt"),
    // What is restored has an authority of its own only where the program has given it one.
    sslRootCert: secret(source === CLUSTER ? "server-ca" : "ca", "ca.crt"),
  };
  const body = {
    apiVersion: `${CNPG.group}/${CNPG.version}`,
    kind: "Cluster",
    metadata: { ...metadata, namespace: NAMESPACE },
    spec: { ...spec, bootstrap: { pg_basebackup: { source, database, owner, secret: password } }, externalClusters: [origin] },
  };
  await (await api()).createNamespacedCustomObject({ ...CLUSTERS, body });
  let isReady = false;
  const ready = kubectl("-n", NAMESPACE, "wait", `clusters.postgresql.cnpg.io/${metadata.name}`, "--for=condition=Ready", PATIENCE);
  await Promise.all([ready.finally(() => (isReady = true)), checkpoints(source, () => isReady)]);
}

/** A base backup begins with a checkpoint, which Postgres spreads over minutes, unless another is wanted at once. */
async function checkpoints(cluster: string, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await kubectl("-n", NAMESPACE, "exec", `${cluster}-1`, "-c", "postgres", "--", "psql", "-Xqc", "checkpoint");
    await sleep(3000);
  }
}

const turns = new Turns(["platform", "agents"]).rotate("platform").to("alternating", "agents");
const alternating = ({ services }: Configuration) => (services.agents = { rotation: { strategy: "alternating" } });

// The procedure of docs/runbooks/restore.md.
describe("a database restored under passwords that have changed since", () => {
  stopAtFailure();
  const read = async () => (await (await api()).getNamespacedCustomObject({ ...CLUSTERS, name: CLUSTER })) as Manifest;

  it("is backed up, and then passwords are rotated and a service goes over to logins that take turns", async () => {
    const { platform } = await credentials();
    await withTunnel((connect) => connect(platform!, "create table of_that_day as select 1 as one"));
    const { instances, storage, imageName, bootstrap } = (await read()).spec;
    await makeFrom(CLUSTER, { metadata: { name: BACKUP }, spec: { instances, storage, imageName, bootstrap } });
    await rotate({ services: turns.services }, alternating);
    assert.notEqual((await credentials()).platform!.password, platform!.password);
  });

  it("comes back from its manifest with another bootstrap, and today's Secrets log in", async () => {
    const manifest = await read();
    await kubectl("-n", NAMESPACE, "delete", "clusters.postgresql.cnpg.io", CLUSTER, "--wait");
    // What belonged to it goes when the garbage collector comes to it.
    const left = () => kubectl("-n", NAMESPACE, "get", "pods,pvc,secrets", "-l", `cnpg.io/cluster=${CLUSTER}`, "-o", "name");
    await holds(async () => assert.equal(await left(), ""), { seconds: 180 });
    const { annotations = {}, labels = {} } = manifest.metadata;
    const mark = { [OWNER_ANNOTATION]: annotations[OWNER_ANNOTATION]! };
    await makeFrom(BACKUP, { metadata: { name: CLUSTER, annotations: mark, labels }, spec: manifest.spec });
    const log = await rotate({ services: turns.services }, alternating);
    assert.doesNotMatch(log, /RandomPassword|Secret \S+ replac/);
    const now = await credentials();
    await withTunnel(async (connect) => {
      const allLogIn = async () => {
        for (const [service, credential] of Object.entries(now)) {
          if (service !== "agents") assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
          else await connect(credential);
        }
      };
      await holds(allLogIn);
      assert.equal(await connect(now.platform!, "select one from of_that_day"), "1");
    });
  });

  it("has a login that the backup did not have, which drift finds not to work as the owner; a rotation makes it so", async () => {
    await holds(
      async () => {
        assert.equal(await superuser("select count(*) from pg_roles where rolname = 'agents_a' and rolcanlogin"), "1");
        const { findings } = await drift(1);
        const found = kinds(findings);
        assert.ok(found.includes("agents session"), found.join(", "));
        assert.deepEqual(
          found.filter((kind) => !kind.startsWith("agents ")),
          [],
        );
      },
      { seconds: 180, everyMs: 2000 },
    );
    await rotate({ services: turns.rotate("agents").services }, alternating);
    const { agents } = await credentials();
    assert.equal(await withTunnel((connect) => connect(agents!)), `agents@${agents!.database}`);
    await clean("after a rotation");
  });
});
