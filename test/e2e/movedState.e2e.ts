import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { catalogue } from "../../catalog/services";
import { proofJob, roleSecret } from "../../catalog/names";
import { reviewStack } from "../../cli/review/ask";
import { pulumi } from "../../cli/stack/engine";
import { stackFile } from "../../cli/stack/stackFile";
import { ROOT, transcripts } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { configure, credentials, kubectl, NAMESPACE, recordsOn, stack, STACK, upWith, withTunnel, type Configuration } from "./support/lab";
import { useOwnState } from "./support/ownStack";

/** The name that the stack is given. */
const RENAMED = `${STACK}-renamed`;
const PROVIDER = "pulumi:providers:kubernetes::kubernetes";
const LATER = "agents";

type Credentials = Awaited<ReturnType<typeof credentials>>;

interface State {
  readonly deployment: { readonly resources: readonly { readonly urn: string; readonly id?: string }[] };
}

// The procedures of docs/runbooks/renamed-stack.md.
describe("a stack whose state goes elsewhere", () => {
  stopAtFailure();
  let directory: string;
  let first: Credentials;
  let provider: string;

  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "moved-"));
    first = await credentials();
    provider = await providerOf(STACK);
    await fs.copyFile(stackFile(STACK), stackFile(RENAMED));
  });
  after(async () => {
    await fs.rm(directory, { recursive: true });
    await fs.rm(stackFile(RENAMED));
  });

  it("goes on under another name, with the passwords that it has and the provider that it has", async () => {
    const opened = await stack();
    await pulumi(opened, "stack", "rename", RENAMED, "--stack", STACK);
    const { log } = await upWith(() => undefined, RENAMED);
    assert.doesNotMatch(log, /replac(ed|ing) .*(Secret|RandomPassword|Cluster)/);
    await isUnchanged(first, RENAMED);
  });

  it("goes on in another backend", async () => {
    const file = path.join(directory, "state.json");
    await pulumi(await stack(RENAMED), "stack", "export", "--show-secrets", "--file", file, "--stack", RENAMED);
    const other = path.join(directory, "backend");
    await fs.mkdir(other);
    useOwnState(other);
    await pulumi(await stack(RENAMED), "stack", "import", "--file", file, "--stack", RENAMED);
    const { changed, summary, log } = await upWith(() => undefined, RENAMED);
    assert.equal(changed, false, [summary, ...log.split("\n").filter((line) => / updated \(/.test(line))].join("\n"));
    await isUnchanged(first, RENAMED);
  });

  describe("an older version of it", () => {
    /** What the file says: a rotation, and a service, that the older state knows nothing of. */
    const now = (config: Configuration) => {
      config.services[LATER] = {};
      config.rotation = { services: { platform: { generation: 1 } } };
    };
    const all = async () => [...(await recordsOn()), catalogue.find(({ name }) => name === LATER)!];
    let latest: Credentials;

    before(async () => {
      const older = path.join(directory, "older.json");
      const opened = await stack(RENAMED);
      await pulumi(opened, "stack", "export", "--file", older, "--stack", RENAMED);
      await upWith(now, RENAMED);
      latest = await credentials(await all());
      assert.notEqual(latest.platform!.password, first.platform!.password);
      await pulumi(opened, "stack", "import", "--file", older, "--stack", RENAMED);
    });

    it("does not replace the passwords that are live and that it has never had", async () => {
      await assert.rejects(
        upWith(now, RENAMED),
        /the state has no password of (platform in the generation 1|agents in the generation 0\.0\.0)/,
      );
      await isUnchanged(latest, RENAMED, await all());
    });

    it("is told of by a review, which fails", async () => {
      const opened = await stack(RENAMED);
      await configure(opened, now);
      const { env, configFile } = opened;
      const { text, exitCode } = await reviewStack({ stack: RENAMED, output: "md" }, { cwd: ROOT, env, configFile });
      transcripts.push(text);
      assert.equal(exitCode, 2, text);
      assert.match(text.replace(/\s+/g, " "), /the state has no password of/);
    });

    it("takes them in, where the file says so", async () => {
      // It is of a generation that this state has never had, and a Job cannot be changed.
      await kubectl("-n", NAMESPACE, "delete", "job", proofJob(LATER));
      await upWith((config) => {
        now(config);
        for (const name of ["platform", LATER]) config.services[name] = { adopt: { secret: roleSecret(name, "owner") } };
      }, RENAMED);
      await isUnchanged(latest, RENAMED, await all());
    });
  });

  async function isUnchanged(expected: Credentials, name: string, records?: Parameters<typeof credentials>[0]): Promise<void> {
    assert.deepEqual(await credentials(records), expected);
    await withTunnel(async (connect) => {
      for (const credential of Object.values(expected))
        assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
    });
    assert.equal(await providerOf(name), provider);
  }
});

/** The id of the Kubernetes provider in the state: another one has made everything anew. */
async function providerOf(name: string): Promise<string> {
  const { deployment } = JSON.parse(await pulumi(await stack(name), "stack", "export", "--stack", name)) as State;
  const id = deployment.resources.find(({ urn }) => urn.endsWith(PROVIDER))?.id;
  assert.ok(id !== undefined);
  return id;
}
