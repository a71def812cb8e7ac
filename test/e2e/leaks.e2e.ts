import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { resolveNames } from "../../catalog/names";
import { npm, ok, pulumi, ROOT } from "./support/commands";
import { CLUSTER, credentials, kubectl, NAMESPACE, recordsOn, stack, STACK, target, upWith } from "./support/lab";
import { stateDirectory } from "./support/ownStack";

/** What a password looks like wherever it might turn up. */
interface Needle {
  service: string;
  text: string;
}

/** Kinds with objects of the stack's, of CloudNativePG's or of the test's in the namespace, Secrets aside. */
const KINDS =
  "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,databaseroles.postgresql.cnpg.io,pods,services,configmaps,events,persistentvolumeclaims,jobs,serviceaccounts,roles,rolebindings";

describe("where no password is", () => {
  const needles: Needle[] = [];
  before(async () => {
    for (const [service, { password }] of Object.entries(await credentials())) {
      needles.push({ service, text: password }, { service, text: Buffer.from(password).toString("base64").replace(/=+$/, "") });
    }
  });

  const search = (where: string, haystack: string): string[] =>
    needles.filter(({ text }) => haystack.includes(text)).map(({ service }) => `${where}: ${service}`);

  it("is found by this search where there is one", async () => {
    const secret = await kubectl("-n", NAMESPACE, "get", "secret", "platform-db-credentials", "-o", "json");
    assert.deepEqual(search("Secret", secret), ["Secret: platform"]);
  });

  it("a preview with --diff and --refresh", async () => {
    assert.deepEqual(search("preview", await ok(pulumi("preview", "--diff", "--refresh"))), []);
  });

  it("an up that changes every Secret, and the arguments of any process while it does and a login uses one", async () => {
    const watched = watchArguments(search);
    const { log } = await upWith((config) => {
      config.tls = { mode: "verify-full", ca: "/etc/postgres-ca/ca.crt" };
    });
    // Its pod's processes are the host's, too, for as long as they take.
    await ok(npm("psql", ["platform", "-c", "select pg_sleep(3)"]));
    const { found, seen } = await watched.stop();
    assert.deepEqual(seen, ["pulumi", "psql"], "processes that were looked at");
    assert.deepEqual(found, []);
    for (const { name } of await recordsOn()) assert.match(log, new RegExp(`Secret ${name} .*updated`));
    assert.deepEqual(search("up", log), []);
  });

  it("a preview with --diff of a change of every Secret", async () => {
    const text = await ok(pulumi("preview", "--diff"));
    for (const record of await recordsOn())
      assert.match(text, new RegExp(`\\(update\\)\n +\\[id=${STACK}/${resolveNames(record).secret}\\]`));
    assert.deepEqual(search("preview back", text), []);
  });

  it("the state, its history and its backups, and what is kept beside it", async () => {
    const files = [...(await filesBelow(stateDirectory())), ...(await filesBelow((await stack()).directory, STACK))];
    assert.ok(files.some((file) => file.endsWith(`/${STACK}.json`)));
    assert.ok(files.some((file) => file.includes("/history/")) && files.some((file) => file.includes("/backups/")), files.join("\n"));
    for (const file of files) assert.deepEqual(search(file, await readIfThere(file)), []);
  });

  it("annotations, labels, specs and statuses of everything in the namespace but the Secrets' data", async () => {
    assert.deepEqual(search("objects", await kubectl("-n", NAMESPACE, "get", KINDS, "-o", "json")), []);
    const secrets = JSON.parse(await kubectl("-n", NAMESPACE, "get", "secrets", "-o", "json")) as {
      items: { metadata: unknown; data?: unknown }[];
    };
    assert.deepEqual(search("Secrets' metadata", JSON.stringify(secrets.items.map((item) => item.metadata))), []);
  });

  it("the logs of the lab, the operator and Postgres", async () => {
    const logs = path.join(path.dirname((await target()).directory), "logs");
    const names = await fs.readdir(logs);
    assert.ok(names.length > 3);
    for (const name of names) assert.deepEqual(search(name, await fs.readFile(path.join(logs, name), "utf8")), []);
    assert.deepEqual(search("operator", await kubectl("-n", "cnpg-system", "logs", "deployment/cnpg-controller-manager", "--tail=-1")), []);
    assert.deepEqual(search("Postgres", await kubectl("-n", NAMESPACE, "logs", `${CLUSTER}-1`, "--all-containers", "--tail=-1")), []);
  });

  it("the clone", async () => {
    const files = (await filesBelow(ROOT)).filter((file) => !/\/node_modules\/|\/\.git\//.test(file));
    assert.ok(files.length > 300);
    for (const file of files) assert.deepEqual(search(file, await readIfThere(file)), []);
  });
});

/** Files below a directory, of a name that has `part` in it, or in a directory of such a name. */
async function filesBelow(directory: string, part = ""): Promise<string[]> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => path.relative(directory, file).includes(part));
}

/** A file's text. What another process has removed since has none. */
const readIfThere = (file: string): Promise<string> => fs.readFile(file, "latin1").catch(() => "");

/** One look in so many is at all processes: one that was there before may be another program by now. */
const ALL_OF_LOOKS = 10;

/**
 * Looks at the arguments of all processes of the machine, over and over, and notes those in which
 * something is found. New ones are seen at once.
 */
function watchArguments(search: (where: string, text: string) => string[]) {
  const found = new Set<string>();
  const expected = { pulumi: (line: string) => line.startsWith("pulumi\0up\0") && line.includes(`\0${STACK}\0`), psql: isPsql };
  const seen = new Set<string>();
  let isLooking = true;
  const look = async () => {
    let known = new Set<string>();
    for (let count = 0; isLooking; count++) {
      const pids = (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const former = count % ALL_OF_LOOKS === 0 ? new Set<string>() : known;
      known = new Set(pids);
      for (const pid of pids.filter((one) => !former.has(one))) {
        const line = await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
        for (const hit of search(line.slice(0, 60), line)) found.add(hit);
        for (const [name, isOne] of Object.entries(expected)) if (isOne(line)) seen.add(name);
      }
      await pause(20);
    }
  };
  const looking = look();
  return {
    stop: async () => {
      isLooking = false;
      await looking;
      return { found: [...found], seen: Object.keys(expected).filter((name) => seen.has(name)) };
    },
  };
}

const isPsql = (line: string) => /(^|\/)psql\0/.test(line) && line.includes("pg_sleep");
