import assert from "node:assert/strict";
import { eventually } from "./support/clock";
import { CLUSTER, credentials, kubectl, NAMESPACE, withTunnel, type Configuration } from "./support/lab";
import { rotate, rotationFails } from "./support/rotation";
import { apply, makeWorkload, podOf } from "./support/workloads";

const SECRET = "platform-db-credentials";
const WORKLOAD = "restarted-all-the-same";
const QUOTA = "no-room-for-a-proof";
const generation = (count: number) => ({ services: { platform: { generation: count } } });

/** The same for all: a changed limit is another proof. The first one waits for Postgres, which another placement restarts. */
const impatient = (config: Configuration) => {
  config.rotation = { ...(config.rotation as object), proof: { seconds: 30 } };
  config.cluster.placement = { ...(config.cluster.placement as object), antiAffinity: "required" };
  config.services.platform = { workloads: [{ kind: "Deployment", name: WORKLOAD }] };
};

describe("in place, in a cluster that is not at its best", () => {
  const generationOf = (secret: string) =>
    kubectl("-n", NAMESPACE, "get", "secret", secret, "-o", "jsonpath={.metadata.annotations.cnpg-credentials/generation}");
  async function logsIn(): Promise<void> {
    const { platform } = await credentials();
    assert.equal(await withTunnel((connect) => connect(platform!)), `platform@${platform!.database}`);
  }

  before(async () => {
    await makeWorkload("Deployment", WORKLOAD);
    await rotate({}, impatient);
  });

  it("a quota that leaves no room for the proof: the application has its password, its workload is restarted, and the up says what is missing", async () => {
    const before = await podOf(WORKLOAD);
    const spec = { hard: { "count/jobs.batch": "0" } };
    await apply({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: QUOTA, namespace: NAMESPACE }, spec });
    // Refused only once the quota's controller has counted what is there.
    const expired = () => new Error("nobody has counted what the quota is of");
    await eventually(
      { seconds: 60, everyMs: 200, expired },
      async () => (await kubectl("-n", NAMESPACE, "get", "resourcequota", QUOTA, "-o", "jsonpath={.status.used}")) !== "" || undefined,
    );
    try {
      const message = await rotationFails(generation(1), impatient);
      console.log(message);
      assert.match(message, /exceeded quota/);
      assert.equal(await generationOf(SECRET), "1");
      await logsIn();
      assert.notEqual(await podOf(WORKLOAD), before);
    } finally {
      await kubectl("-n", NAMESPACE, "delete", "resourcequota", QUOTA);
    }
    await rotate(generation(1), impatient);
    await logsIn();
  });

  it("a Cluster that was bootstrapped with the role and a Secret of somebody's: refused, and after the command that it prints nothing sets the password back", async () => {
    const patch = (initdb: object) =>
      kubectl(
        "-n",
        NAMESPACE,
        "patch",
        "clusters.postgresql.cnpg.io",
        CLUSTER,
        "--type=merge",
        "-p",
        JSON.stringify({ spec: { bootstrap: { initdb } } }),
      );
    await apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "former-platform", namespace: NAMESPACE },
      type: "kubernetes.io/basic-auth",
      stringData: { username: "platform", password: "the-one-of-the-beginning" },
    });
    await patch({ database: "platform", owner: "platform", secret: { name: "former-platform" } });
    const message = await rotationFails(generation(2), impatient);
    console.log(message);
    assert.equal(await generationOf("platform-db-role"), "1");
    const command = /`kubectl (patch [^`]*)`/.exec(message)?.[1] ?? "";
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    await kubectl(...words);
    await rotate(generation(2), impatient);
    const primary = await kubectl(
      "-n",
      NAMESPACE,
      "get",
      "pods",
      "-l",
      `cnpg.io/cluster=${CLUSTER},cnpg.io/instanceRole=primary`,
      "-o",
      "name",
    );
    await kubectl("-n", NAMESPACE, "delete", primary.trim(), "--wait=true");
    await kubectl("-n", NAMESPACE, "wait", `cluster/${CLUSTER}`, "--for=condition=Ready", "--timeout=120s");
    const until = performance.now() + 15_000;
    while (performance.now() < until) await logsIn();
  });

  // The last one: CloudNativePG goes on to wait for that replica, whatever the Cluster is told then.
  it("a Cluster that waits for a replica: what waits for it is the up, and no application", async () => {
    const replicated = (config: Configuration) => {
      impatient(config);
      // One more than there are nodes.
      config.cluster.instances = 2;
      config.cluster.readyTimeout = "20s";
    };
    // Whether that has failed depends on when the operator says that the Cluster is not ready any more.
    await rotate(generation(2), replicated).catch(() => undefined);
    await kubectl("-n", NAMESPACE, "wait", `cluster/${CLUSTER}`, "--for=condition=Ready=false", "--timeout=120s");
    const message = await rotationFails(generation(3), (config) => {
      replicated(config);
      config.cluster.parameters = { work_mem: "5MB" };
    });
    console.log(message);
    assert.equal(await generationOf(SECRET), "3");
    await logsIn();
  });
});
