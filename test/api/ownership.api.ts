import assert from "node:assert/strict";
import { catalogue } from "../../catalog/services";
import { resolveNames, roleSecret } from "../../catalog/names";
import { refuses, type Case } from "./support/cases";
import type { KubeObject } from "./support/client";
import { cluster, database, databaseRole, marked, scheduledBackup, secret, workload } from "./support/objects";
import { CLUSTER, OTHER_STATE, Stage, STATE } from "./support/stage";
import { here } from "./support/world";

const SECRET = "platform-db-credentials";
const LEGACY = "Pa ss/w:o@r#d%?&=+'\"";

/** An object of a name that the program is about to use, and its path in a refusal. */
const TAKEN: readonly (readonly [path: string, object: KubeObject, settings?: Case["settings"]])[] = [
  [`Secret/${SECRET}`, secret(SECRET, { password: LEGACY })],
  ["Secret/platform-db-role-b", secret("platform-db-role-b", { password: LEGACY })],
  [`Cluster/${CLUSTER}`, cluster()],
  ["Database/platform", database("platform")],
  ["Job/platform-db-proof", workload("Job", "platform-db-proof")],
  ["DatabaseRole/platform", databaseRole("platform"), (settings) => void (settings.roleApi = "databaseRole")],
  [
    "ScheduledBackup/nightly",
    scheduledBackup("nightly"),
    ({ cluster: own }) => void (own.backup = { schedules: { nightly: { schedule: "0 0 0 * * *" } } }),
  ],
];

describe("the program refuses what is not its own", () => {
  refuses(
    TAKEN.flatMap(([path, object, settings]): Case[] => [
      {
        wrong: `a ${object.kind} of nobody it knows: ${object.metadata.name}`,
        objects: [object],
        settings,
        refused: { [path]: "was not made by this program" },
        remedy: (stage) => here().api.remove(stage.placed(object)),
      },
      {
        wrong: `a ${object.kind} of another state: ${object.metadata.name}`,
        objects: [marked(object, OTHER_STATE)],
        settings,
        refused: ({ namespace }) => ({ [`Namespace/${namespace}`]: `${path} belongs to another state (${OTHER_STATE})` }),
      },
    ]),
  );
  it("and takes up what an interrupted run of its own has left", async () => {
    for (const [, object, settings] of TAKEN) {
      const stage = await Stage.open();
      settings?.(stage.settings, stage);
      await stage.apply(marked(object, STATE));
      await stage.goesOn();
    }
  });
});

describe("the program adopts a password", () => {
  const adopt = { adopt: { secret: SECRET }, secretType: "Opaque" };
  const adopting = (settings: { services: Record<string, unknown> }) => void (settings.services.platform = adopt);
  const hash = `SCRAM-SHA-256$4096:${"A".repeat(24)}$${"B".repeat(44)}:${"C".repeat(44)}`;
  const unusable = (wrong: string, password: string, reason: string): Case => ({
    wrong,
    objects: [secret(SECRET, { password })],
    settings: adopting,
    refused: { "services.platform.adopt": `the value of \`password\` in the Secret \`${SECRET}\` ${reason}` },
    remedy: (stage) => stage.apply(secret(SECRET, { password: LEGACY })),
  });
  refuses([
    {
      wrong: "not of a Secret that does not exist",
      settings: adopting,
      refused: { "services.platform.adopt": `the Secret \`${SECRET}\` does not exist` },
      remedy: (stage) => stage.apply(secret(SECRET, { password: LEGACY })),
    },
    {
      wrong: "not of a Secret without the key",
      objects: [secret(SECRET, { pass: LEGACY })],
      settings: adopting,
      refused: { "services.platform.adopt": "has no key `password`" },
      remedy: ({ settings }) => void (settings.services.platform = { ...adopt, adopt: { secret: SECRET, key: "pass" } }),
    },
    unusable("not one that is empty", "", "is empty"),
    unusable("not one with a line break at its end", `${LEGACY}\n`, "has a line break"),
    unusable("not one that is hashed", hash, "is a hash"),
    {
      wrong: "not into a Secret of another type",
      objects: [secret(SECRET, { username: "x", password: LEGACY }, "kubernetes.io/basic-auth")],
      settings: adopting,
      refused: { "services.platform.secretType": "has the type kubernetes.io/basic-auth, which Kubernetes cannot change" },
      remedy: ({ settings }) => void (settings.services.platform = { ...adopt, secretType: "kubernetes.io/basic-auth" }),
    },
  ]);

  it("whatever characters it has", async () => {
    const stage = await Stage.open();
    await stage.apply(secret(SECRET, { password: LEGACY }));
    adopting(stage.settings);
    await stage.up();
    assert.equal((await passwords(stage)).platform, LEGACY);
    // From then on the state has it.
    await here().api.remove(stage.placed(secret(SECRET)));
    await stage.goesOn();
  });
});

describe("a lost state", () => {
  /** A stack whose objects are there, while the state that made them is not. */
  async function lost(): Promise<Stage> {
    const stage = await Stage.open();
    await stage.up({ state: OTHER_STATE });
    return stage;
  }

  it("costs no password: a new one refuses what the old one made", async () => {
    const stage = await lost();
    const refusal = await stage.refused({ [`Namespace/${stage.namespace}`]: `belong to another state (${OTHER_STATE})` });
    for (const path of [`Cluster/${CLUSTER}`, `Secret/${SECRET}`, "Secret/platform-db-role", "Database/agents", "Job/agents-db-proof"])
      assert.ok(refusal.includes(path), refusal);
  });

  it("is replaced by taking over its objects and adopting its passwords, and not otherwise", async () => {
    const stage = await lost();
    const before = await passwords(stage);
    const on = Object.keys(stage.settings.services);
    stage.settings.takeOver = OTHER_STATE;
    const jobs = { [`Namespace/${stage.namespace}`]: `${on.length} Jobs of the state that is taken over are still there` };
    stage.settings.services.platform = { adopt: { secret: roleSecret("platform", "owner") } };
    await stage.refused({ ...jobs, "services.agents.adopt": "taking over `agents-db-role` would replace its password" });

    stage.settings.services.agents = { adopt: { secret: roleSecret("agents", "owner") } };
    await stage.refused(jobs);
    await here().api.remove(...(await here().api.list("batch/v1", "Job", stage.namespace)));

    await stage.up();
    assert.deepEqual(await passwords(stage), before);
    // They are the new state's now, and nobody needs the mark.
    delete stage.settings.takeOver;
    await stage.goesOn();
  });

  it("leaves passwords alone where the mark that is taken over is another", async () => {
    const stage = await lost();
    stage.settings.takeOver = "0000000000000000";
    await stage.refused({ [`Namespace/${stage.namespace}`]: `belong to another state (${OTHER_STATE})` });
  });
});

describe("the program refuses what others have put into its Secrets", () => {
  const own = (stage: Stage) => stage.placed(secret(SECRET));
  const at = `Secret/${SECRET}`;
  const cases: [what: string, put: (stage: Stage) => Promise<void>, refused: string, take: (stage: Stage) => Promise<void>][] = [
    [
      "a key that somebody has patched in",
      (stage) => here().api.patch(own(stage), { stringData: { LD_PRELOAD: "/tmp/x.so" } }),
      "`LD_PRELOAD`",
      (stage) => here().api.patch(own(stage), { data: { LD_PRELOAD: null } }),
    ],
    [
      "an owner, which takes the Secret with it",
      (stage) =>
        here().api.patch(own(stage), { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x" }] } }),
      "belongs to ConfigMap/x",
      (stage) => here().api.patch(own(stage), { metadata: { ownerReferences: null } }),
    ],
    [
      "a finalizer",
      (stage) => here().api.patch(own(stage), { metadata: { finalizers: ["example.com/stay"] } }),
      "example.com/stay",
      (stage) => here().api.patch(own(stage), { metadata: { finalizers: null } }),
    ],
    [
      "immutability",
      (stage) => here().api.patch(own(stage), { immutable: true }),
      "is immutable",
      async (stage) => {
        await here().api.remove(own(stage));
        await stage.up();
      },
    ],
  ];
  for (const [what, put, refused, take] of cases)
    it(what, async () => {
      const stage = await Stage.open();
      await stage.up();
      const before = await passwords(stage);
      await put(stage);
      await stage.refused({ [at]: refused });
      await take(stage);
      await stage.up();
      assert.deepEqual(await passwords(stage), before);
      // And a second one finds nothing more.
      await stage.goesOn();
    });

  it("a container and a variable in a gate's pods, until the printed patch is made", async () => {
    const stage = await Stage.open();
    const gated = ["graph", "transformation", "threads", "agents-runtime"];
    for (const name of gated) stage.settings.services[name] = {};
    stage.settings.gates = { "db-migrations": {} };
    await stage.up();
    const gate = stage.placed({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "secrets-smoke-db-migrations" } });
    const inPods = (containers: object[]) => ({ spec: { jobTemplate: { spec: { template: { spec: { containers } } } } } });
    const [added, removed] = [
      [
        { name: "evil", image: "evil.example/it:1.2", command: ["sh"] },
        { name: "gate", env: [{ name: "NODE_OPTIONS", value: "-r/x" }] },
      ],
      [
        { name: "evil", $patch: "delete" },
        { name: "gate", env: [{ name: "NODE_OPTIONS", $patch: "delete" }] },
      ],
    ];
    await here().api.patch(gate, inPods(added), "strategic");
    const said = await stage.refused({ "CronJob/secrets-smoke-db-migrations": "`containers[evil]`" });
    assert.ok(said.includes("`containers[gate].env[NODE_OPTIONS]`"), said);
    const [, patch = "{}"] = /--type=strategic -p '([^']+)'/.exec(said) ?? [];
    assert.deepEqual(JSON.parse(patch), inPods(said.indexOf("evil") < said.indexOf("NODE_OPTIONS") ? removed : removed.reverse()));
    await here().api.patch(gate, JSON.parse(patch) as object, "strategic");
    await stage.goesOn();
  });

  it("a key of a role's Secret", async () => {
    const stage = await Stage.open();
    await stage.up();
    await here().api.patch(stage.placed(secret("platform-db-role")), { data: { more: "eA==" } });
    await stage.refused({ "Secret/platform-db-role": "`more`" });
  });

  it("and not what the program itself has written, with another template or with fewer keys", async () => {
    const stage = await Stage.open();
    stage.settings.services.platform = { keys: ["tls"] };
    await stage.up();
    stage.settings.services.platform = {};
    await stage.goesOn();
  });
});

/** What the Secrets of the services that are on hold, by service. */
async function passwords({ namespace, settings }: Stage): Promise<Record<string, string>> {
  const on = catalogue.filter(({ name }) => settings.services[name] !== undefined);
  const entries = on.map(async (record) => {
    const metadata = { name: resolveNames(record).secret, namespace };
    const { data } = await here().api.read<KubeObject & { data: { password: string } }>({ apiVersion: "v1", kind: "Secret", metadata });
    return [record.name, Buffer.from(data.password, "base64").toString("utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
