import assert from "node:assert/strict";
import * as path from "node:path";
import { npm } from "../e2e/support/commands";
import { CONTEXT } from "./support/apiServer";
import { makeEngine, up, type Engine } from "./support/engine";
import { cluster } from "./support/objects";
import { attempt, objectsOf, type Settings } from "./support/program";
import { CLUSTER, Stage, STATE } from "./support/stage";
import { here, namespace } from "./support/world";
import { stackFile } from "../support/stackFiles";

/** As many processors as there are. */
const AT_ONCE = 2;

interface Case {
  readonly title: string;
  readonly settings?: (settings: Settings) => void;
  readonly env?: NodeJS.ProcessEnv;
  readonly said: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    title: "of a stack file with several mistakes: all of them in one",
    settings: (settings) => {
      settings.cluster = { ...settings.cluster, instances: 0, storage: { size: "lots" }, colour: "red" };
      settings.services.langfuse = { enabled: "yes" };
      settings.nonsense = "x";
    },
    said: [
      /Configuration of stack api: 6 problems, nothing was changed/,
      /cluster\.instances: /,
      /cluster\.storage\.size: /,
      /cluster\.colour: /,
      /services\.langfuse\.enabled: /,
      /nonsense: /,
    ],
  },
  {
    title: "of a cluster with several problems: all of them in one",
    settings: (settings) => {
      settings.cluster = { ...settings.cluster, storage: { size: "1Gi" } };
      settings.alerts = "prometheusRule";
    },
    said: [
      /Cluster of stack api: 3 problems, nothing was changed/,
      /cluster\.storage\.size: 1Gi is less than the living cluster's 2Gi/,
      /alerts: `prometheusRule` needs/,
      /Cluster\/postgres-ameide: exists in \S+ and was not made by this program/,
    ],
  },
  {
    title: "of a passphrase that does not fit",
    env: { PULUMI_CONFIG_PASSPHRASE: "wrong" },
    said: [/incorrect passphrase/],
  },
];

describe("an up of the real engine ends with one error and no stack trace, before anything is changed: because", () => {
  let outcomes: readonly Promise<void>[];
  before(async () => {
    const engine = await makeEngine();
    outcomes = startAll(CASES.map((one) => () => refused(engine, one)));
  });

  for (const [index, { title }] of CASES.entries()) it(title, () => outcomes[index]);
});

/** Starts work in lanes, and returns what each comes to. */
function startAll(works: readonly (() => Promise<void>)[]): Promise<void>[] {
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  return works.map((work, index) => {
    const outcome = lanes[index % AT_ONCE]!.then(work);
    lanes[index % AT_ONCE] = outcome.catch(() => undefined);
    return outcome;
  });
}

async function refused(engine: Engine, { settings: change, env, said }: Case): Promise<void> {
  const stage = await Stage.open();
  await stage.apply(cluster());
  const before = await here().api.revision();
  change?.(stage.settings);
  const { code, text } = await up(engine, stage.settings, env);
  assert.notEqual(code, 0, text);
  for (const words of said) assert.match(text, words);
  assert.equal(text.match(/^ *error: /gm)?.length, 1, text);
  assert.doesNotMatch(text, /^\s+at .*:\d+:\d+\)?$/m);
  await stage.unchangedSince(before, false);
}

describe("npm run up on a cluster that KUBECONFIG names", () => {
  let env: NodeJS.ProcessEnv;
  before(() => {
    const { kubeconfig, directory } = here().server;
    env = { KUBECONFIG: kubeconfig, XDG_DATA_HOME: path.join(directory, "data"), PULUMI_BACKEND_URL: undefined };
  });

  it("refuses a stack without a file", async () => {
    const { code, text } = await npm("up", ["--stack", "qa"], { env });
    assert.equal(code, 2, text);
    assert.match(text, /Pulumi\.qa\.yaml cannot be read\nRemedy: /);
  });

  it("refuses a stack whose objects are another state's, and leaves them alone", async () => {
    const settings = { ...stackFile("dev"), context: CONTEXT } as unknown as Settings;
    const { kubeconfig } = here().server;
    await here().api.apply(namespace(settings.namespace), namespace("vault"));
    const { made, refusal } = await attempt(settings, { kubeconfig, stack: "dev", state: STATE });
    assert.ok(made !== undefined, refusal);
    const objects = objectsOf(made);
    await here().api.apply(...objects);
    const versions = () => Promise.all(objects.map(async (object) => (await here().api.read(object)).metadata.resourceVersion));
    const before = await versions();
    const { code, text } = await npm("up", ["--stack", "dev", "--context", CONTEXT, "--yes"], { env });
    assert.equal(code, 2, text);
    assert.match(text, new RegExp(`Cluster/${CLUSTER}, .* belong to another state \\(${STATE}\\)`));
    assert.deepEqual(await versions(), before);
  });
});
