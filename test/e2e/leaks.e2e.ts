import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { npm, ok, pulumi, ROOT, transcripts } from "./support/commands";
import { credentials, kubectl, NAMESPACE, stack, target, upWith } from "./support/lab";

/** What a password looks like wherever it might turn up. */
interface Needle {
  service: string;
  text: string;
}

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

  it("the state, its history and its backups", async () => {
    const { directory } = await stack();
    const files = (await fs.readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const found = await Promise.all(
      files.map(async (entry) => search(entry.name, await fs.readFile(path.join(entry.parentPath, entry.name), "utf8"))),
    );
    assert.ok(files.some((entry) => entry.name === "dev.json"));
    assert.deepEqual(found.flat(), []);
  });

  it("previews with --diff, also of a change of every Secret", async () => {
    const opened = await stack();
    assert.deepEqual(search("preview", await ok(pulumi("preview", "--diff", "--refresh"))), []);
    const { log } = await upWith((config) => {
      config.tls = { mode: "verify-full", ca: "/etc/postgres-ca/ca.crt" };
    });
    assert.match(log, /Secret .*updated/);
    assert.deepEqual(search("up", log), []);
    assert.deepEqual(search("preview back", await ok(pulumi("preview", "--diff"))), []);
    assert.ok(opened);
    await ok(npm("up"));
  });

  it("what the commands printed in this whole run", () => {
    assert.ok(transcripts.length > 3);
    assert.deepEqual(search("transcript", transcripts.join("\n")), []);
  });

  it("annotations, labels, specs and statuses of everything in the namespace but the Secrets' data", async () => {
    const kinds =
      "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,databaseroles.postgresql.cnpg.io,pods,services,configmaps,events,persistentvolumeclaims,jobs,serviceaccounts,roles,rolebindings";
    assert.deepEqual(search("objects", await kubectl("-n", NAMESPACE, "get", kinds, "-o", "json")), []);
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
    assert.deepEqual(search("Postgres", await kubectl("-n", NAMESPACE, "logs", "postgres-ameide-1", "--all-containers", "--tail=-1")), []);
  });

  it("the arguments of any process, while an up changes every Secret and a login uses one", async () => {
    const found = new Set<string>();
    let looking = true;
    let looked = 0;
    let engineSeen = false;
    const look = async () => {
      while (looking) {
        for (const pid of (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
          const line = await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
          for (const hit of search(line.slice(0, 60), line)) found.add(hit);
          engineSeen ||= line.startsWith("pulumi\0up\0");
        }
        looked++;
        await sleep(20);
      }
    };
    const watching = look();
    await upWith((config) => {
      config.tls = { mode: "verify-ca", ca: "/etc/postgres-ca/ca.crt" };
    });
    await ok(npm("psql", ["platform", "-c", "select 1"]));
    await ok(npm("up"));
    looking = false;
    await watching;
    assert.ok(looked > 50 && engineSeen, `looked ${looked} times`);
    assert.deepEqual([...found], []);
  });

  it("the clone", async () => {
    const files = (await fs.readdir(ROOT, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && !/node_modules|\.git(\/|$)/.test(entry.parentPath),
    );
    for (const entry of files)
      assert.deepEqual(search(entry.name, await fs.readFile(path.join(entry.parentPath, entry.name), "latin1")), []);
  });
});
