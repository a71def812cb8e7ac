import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { onStack } from "../../cli/stack/engine";
import { stackFile } from "../../cli/stack/stackFile";
import { asConfig, settingsIn } from "../../config/settings";
import { startClient, type LoginClient } from "./support/client";
import { timedUp } from "./support/clock";
import { npm, ok, ROOT, transcripts } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { credentials, stack, STACK, upWith } from "./support/lab";
import { rates } from "./support/outages";

/** The last program in which generations were added up, and CloudNativePG's own authority signed. */
const BEFORE = "5a05106";
const SERVICES = ["platform", "temporal", "base"];
/** Logins a second. */
const OFTEN = 5;

type Credentials = Awaited<ReturnType<typeof credentials>>;

// The way that CHANGELOG.md and docs/runbooks/rotation.md say, from a stack that the former program has made and rotated.
describe(`a stack that the program of ${BEFORE} has made`, () => {
  stopAtFailure();
  let program: string;
  let client: LoginClient;
  let first: Credentials;
  let rotated: Credentials;

  before(async () => {
    program = await fs.mkdtemp(path.join(os.tmpdir(), "program-before-"));
    await checkOut(program);
    await setInFile((settings) => {
      settings.services = { ...(settings.services as object), temporal: { rotation: { strategy: "alternating" } } };
    });
    await upBefore(program);
    first = await credentials();
  });
  after(async () => {
    await client?.stop();
    await fs.rm(program, { recursive: true, force: true });
  });

  it("has been rotated by it, in place and by turns", async () => {
    await setInFile((settings) => {
      settings.rotation = { all: 1, services: { temporal: 1 }, settleSeconds: 0 };
    });
    await upBefore(program);
    rotated = await credentials();
    for (const service of SERVICES) assert.notEqual(rotated[service]!.password, first[service]!.password, service);
    assert.match(rotated.temporal!.user, /_[ab]$/);
    client = await startClient("upgrade-e2e", Object.fromEntries(SERVICES.map((service) => [service, OFTEN])));
  });

  it("is refused as it is, with what to run", async () => {
    await assert.rejects(
      upWith(() => undefined),
      /rotation\.all: [^]*--write-explicit/,
    );
    assert.deepEqual(await credentials(), rotated);
  });

  it("says which logins it has, once a command has written that", async () => {
    console.log(await ok(npm("rotate", ["--write-explicit"])));
    const rotation = (await settingsOfFile()).rotation as { all?: unknown; services: Record<string, object> };
    console.log(stringify(rotation));
    assert.deepEqual([rotation.all, Object.keys(rotation.services).sort()], [undefined, SERVICES.toSorted()]);
  });

  it("goes on with the passwords that it has, in one `up`, and no login fails meanwhile", async () => {
    // Its clients trust the authority that has signed until now.
    await setInFile((settings) => {
      settings.tls = { ...(settings.tls as object | undefined), authorities: ["operator", 1] };
    });
    const { summary } = await upWith(() => undefined);
    console.log(`      ${summary}`);
    assert.deepEqual(await credentials(), rotated);
    const seen = await client.report();
    console.log(rates(seen));
    for (const service of SERVICES) assert.ok(seen.services[service]!.ok > 0, service);
    assert.deepEqual(seen.failures, []);
  });

  it("has nothing more to change", async () => {
    const { changed, summary, log } = await upWith(() => undefined);
    const lines = log.split("\n").filter((line) => / (created|updated|replaced|deleted) \(/.test(line));
    assert.equal(changed, false, [summary, ...lines].join("\n"));
    const { failures } = await client.report();
    assert.deepEqual(failures, []);
  });
});

/** The program of then, with its own dependencies, in a directory. */
async function checkOut(directory: string): Promise<void> {
  const known = await execa("git", ["cat-file", "-e", `${BEFORE}^{commit}`], { cwd: ROOT, reject: false });
  if (known.exitCode !== 0)
    throw new Error(
      `this clone does not have the commit ${BEFORE}, whose program is to be run: ${known.stderr}\n\`git fetch --unshallow\` gets the history`,
    );
  const archive = path.join(directory, "program.tar");
  await execa("git", ["archive", "--output", archive, BEFORE], { cwd: ROOT });
  await execa("tar", ["-xf", archive, "-C", directory]);
  await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: directory });
}

/** Brings the stack up with that program, by the stack's file as it is. */
async function upBefore(program: string): Promise<void> {
  const opened = await stack();
  const args = onStack(opened, ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"]);
  const { exitCode, all } = await timedUp(
    async () => await execa("pulumi", args, { cwd: program, env: opened.env, all: true, reject: false }),
  );
  transcripts.push(all);
  assert.equal(exitCode, 0, all);
}

async function settingsOfFile(): Promise<Record<string, unknown>> {
  const { config } = parse(await fs.readFile(stackFile(STACK), "utf8")) as { config: Record<string, unknown> };
  return settingsIn(config);
}

async function setInFile(change: (settings: Record<string, unknown>) => void): Promise<void> {
  const settings = await settingsOfFile();
  change(settings);
  await fs.writeFile(stackFile(STACK), stringify({ config: asConfig(settings) }));
}
