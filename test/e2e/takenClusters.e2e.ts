import assert from "node:assert/strict";
import { roleSecret } from "../../catalog/names";
import { holds } from "./support/clock";
import { npm, ok } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { kubectl, stack, target } from "./support/lab";
import { LEGACY, letsIn } from "./support/legacy";
import { MigrationDesk } from "./support/migrationDesk";
import { secretData } from "./support/vault";
import { apply } from "./support/workloads";

const { namespace, cluster } = LEGACY;
const SOURCE = "postgres-source";
const SECRET = "platform-db-credentials";
const OWNER = "platform";
const PASSWORD = "the-one-of-before-0123456789";
const CLUSTERS = "clusters.postgresql.cnpg.io";
const PATIENCE = "--timeout=300s";
/** Each takes minutes: a run has the two that differ the most. */
const OFTEN = process.env.SOAK ? 10 : 1;

/** How a Cluster was made, with the role `platform` as the owner of its database. */
interface Kind {
  readonly bootstrap: object;
  /** The Secret that CloudNativePG has the first password from. */
  readonly from: string;
  readonly needsSource?: true;
  /** What its spec says afterwards: what a restored one says, without an object store to restore from. */
  readonly becomes?: "recovery";
}
const own = { database: OWNER, owner: OWNER };
const KINDS: Readonly<Record<string, Kind>> = {
  "initdb without a Secret": { bootstrap: { initdb: own }, from: `${cluster}-app` },
  "initdb with the application's Secret": { bootstrap: { initdb: { ...own, secret: { name: SECRET } } }, from: SECRET },
  import: {
    bootstrap: {
      initdb: { ...own, import: { type: "microservice", databases: [OWNER], source: { externalCluster: SOURCE } } },
    },
    from: `${cluster}-app`,
    needsSource: true,
  },
  pg_basebackup: { bootstrap: { pg_basebackup: { source: SOURCE, ...own } }, from: `${cluster}-app`, needsSource: true },
  recovery: { bootstrap: { pg_basebackup: { source: SOURCE, ...own } }, from: `${cluster}-app`, needsSource: true, becomes: "recovery" },
};
const NORMALLY = ["initdb without a Secret", "pg_basebackup"];

async function makeCluster(name: string, spec: object): Promise<void> {
  const { image } = (await target()).overrides;
  const common = { instances: 1, storage: { size: "1Gi" }, ...(image === undefined ? {} : { imageName: image }) };
  await apply({ apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name, namespace }, spec: { ...common, ...spec } });
  await kubectl("-n", namespace, "wait", `${CLUSTERS}/${name}`, "--for=condition=Ready", PATIENCE);
}

/** How the other Cluster is reached, by streaming and by a dump. */
function externalCluster(): object {
  const secret = (suffix: string, key: string) => ({ name: `${SOURCE}-${suffix}`, key });
  const host = `${SOURCE}-rw.${namespace}.svc`;
  return {
    name: SOURCE,
    connectionParameters: { host, user: "postgres", dbname: OWNER, sslmode: "verify-full" },
    password: { name: `${SOURCE}-superuser`, key: "password" },
    sslRootCert: secret("ca", "ca.crt"),
  };
}

function streaming(): object {
  const secret = (suffix: string, key: string) => ({ name: `${SOURCE}-${suffix}`, key });
  return {
    name: SOURCE,
    connectionParameters: { host: `${SOURCE}-rw.${namespace}.svc`, user: "streaming_replica", sslmode: "verify-full", dbname: "postgres" },
    sslKey: secret("replication", "tls.key"),
    sslCert: secret("replication", "tls.crt"),
    sslRootCert: secret("ca", "ca.crt"),
  };
}

describe("a Cluster of somebody's, which was made with a service's role as owner", () => {
  for (const [what, kind] of Object.entries(KINDS))
    if (process.env.SOAK || NORMALLY.includes(what))
      describe(`by ${what}`, () => {
        stopAtFailure();
        let desk: MigrationDesk;
        let first: string;

        before(async () => {
          await kubectl("create", "namespace", namespace);
          const data = { username: OWNER, password: PASSWORD };
          await apply({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: SECRET, namespace },
            type: "kubernetes.io/basic-auth",
            stringData: data,
          });
          if (kind.needsSource)
            await makeCluster(SOURCE, { enableSuperuserAccess: true, bootstrap: { initdb: { ...own, secret: { name: SECRET } } } });
          const isDump = JSON.stringify(kind.bootstrap).includes('"import"');
          await makeCluster(cluster, {
            bootstrap: kind.bootstrap,
            ...(kind.needsSource ? { externalClusters: [isDump ? externalCluster() : streaming()] } : {}),
          });
          if (kind.becomes !== undefined) {
            const patch = [
              { op: "remove", path: "/spec/bootstrap/pg_basebackup" },
              { op: "add", path: `/spec/bootstrap/${kind.becomes}`, value: { source: SOURCE, ...own } },
            ];
            await kubectl("-n", namespace, "patch", CLUSTERS, cluster, "--type=json", "-p", JSON.stringify(patch));
          }
          first = (await secretData(kind.from, namespace)).password!;
          await holds(async () => assert.equal(await letsIn(OWNER, first, OWNER), true), { seconds: 60 });
          desk = await MigrationDesk.open({
            namespace,
            context: "named-by-the-lab",
            cluster: { name: cluster, instances: 1, image: (await target()).overrides.image, storage: { size: "1Gi" }, protection: "none" },
            rotation: { settleSeconds: 0, applySeconds: 60 },
            services: { platform: { adopt: { secret: kind.from } } },
          });
        });
        after(async () => {
          await stack(LEGACY.stack).then(
            () => ok(npm("pulumi", ["--stack", LEGACY.stack, "stack", "rm", "--force", "--yes"])),
            () => undefined,
          );
          await desk?.close();
          await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=true");
        });

        it("has the source of the old password named by the plan, and is taken over with the password that it has", async () => {
          const { whole } = await desk.plan();
          assert.ok(whole.before.some(({ text }) => text.includes(`as owner and the Secret ${kind.from}:`)));
          for (const item of whole.before) await desk.follow(item);
          const { steps } = await desk.service("platform");
          const due = steps.find(({ id }) => id === "take-over")!.items;
          for (const item of due) await desk.follow(item);
          assert.equal(await letsIn(OWNER, first, OWNER), true);
        });

        it("never has it set back: not by a start of the primary, in place nor where logins take turns", async () => {
          const restart = async () => {
            await kubectl("-n", namespace, "delete", "pod", `${cluster}-1`, "--wait=true");
            await kubectl("-n", namespace, "wait", `${CLUSTERS}/${cluster}`, "--for=condition=Ready", PATIENCE);
          };
          const now = () => secretData(SECRET, namespace);
          const isToday = async () => {
            const { username, password } = await now();
            const until = performance.now() + 15_000;
            do {
              assert.equal(await letsIn(username!, password!, OWNER), true, `${username} is refused`);
              assert.equal(await letsIn(OWNER, first, OWNER), false, "the first password is back");
            } while (performance.now() < until);
          };
          for (let turn = 0; turn < OFTEN; turn++) {
            await desk.shell(`npm run rotate -- --stack ${LEGACY.stack} --yes --force platform`);
            await isToday();
            await restart();
            await isToday();
          }
          await desk.shell(`npm run rotate -- --stack ${LEGACY.stack} --yes --force --strategy alternating platform`);
          await desk.shell(`npm run retire -- --stack ${LEGACY.stack} --yes --force platform`);
          await restart();
          await isToday();
          const log = await kubectl("-n", namespace, "logs", `${cluster}-1`, "-c", "postgres");
          assert.doesNotMatch(log, /wrong username/);
          assert.match(await ok(npm("drift", ["--stack", LEGACY.stack])), /^Clean/m);
        });

        it("is a finding of drift's should somebody lead it to another Secret, with the command that leads it back", async () => {
          const way = kind.becomes ?? Object.keys(kind.bootstrap)[0]!;
          const lead = (name: string) =>
            kubectl(
              ...["-n", namespace, "patch", CLUSTERS, cluster, "--type=merge", "-p"],
              JSON.stringify({ spec: { bootstrap: { [way]: { secret: { name } } } } }),
            );
          await apply({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "former-platform", namespace },
            type: "kubernetes.io/basic-auth",
            // One of another user: CloudNativePG says so, and sets nothing.
            stringData: { username: "nobody", password: PASSWORD },
          });
          await lead("former-platform");
          const { code, text } = await npm("drift", ["--stack", LEGACY.stack]);
          assert.equal(code, 1, text);
          assert.match(text, new RegExp(`\\(${way}\\) with platform as owner and the Secret former-platform`));
          await lead(roleSecret("platform", "owner"));
        });
      });
});
