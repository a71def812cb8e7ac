import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { platform } from "../../catalog/services/platform";
import { columns } from "../../cli/shared/tables";
import { up } from "../../cli/stack/stackUp";
import { FixableError } from "../../config/fixableError";
import { startApplication, type Application } from "./support/application";
import { startClient, type LoginClient } from "./support/client";
import { holds, timedUp } from "./support/clock";
import { cutConnections } from "./support/cutConnections";
import { clean } from "./support/drift";
import { stopAtFailure } from "./support/inOrder";
import { CLUSTER, credentials, kubectl, NAMESPACE, superuser, withTunnel, type Configuration } from "./support/lab";
import { startOperator, stopOperator } from "./support/operator";
import { KUBELET_SECONDS, rates } from "./support/outages";
import { signal } from "./support/processes";
import { configureRotation, Turns } from "./support/rotation";
import { alone } from "./support/turn";
import { apply, makeWorkload, removeWorkload } from "./support/workloads";

/** Whether there are new rounds for so long. Without it, each thing goes wrong once. */
const MINUTES = Number(process.env.CAMPAIGN_MINUTES ?? 60);
/** The disturbances with one of these words in their names, with commas between them; or all. */
const WANTED = (process.env.CAMPAIGN_OF ?? "").split(",");
/** The order of things. Named, a run is repeated as far as other programs' moments allow. */
const SEED = Number(process.env.CAMPAIGN_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** `platform` is rotated in place, and its application is restarted. The others take turns. */
const SERVICES = ["platform", "agents", "temporal"] as const;
const ALTERNATING = ["agents", "temporal"] as const;
/** An `up` takes about as long on a busy machine: later moments come after it. */
const LONGEST_MS = 20_000;
/** A pod begins a little after the `up` has said so, and then waits for its next login. */
const GRACE_MS = 5_000;
/** A workload of `agents`, whose pods do not begin without a ConfigMap. */
const BROKEN = { kind: "Deployment", name: "broken-at-times" } as const;

const random = generator(SEED);
const below = (count: number) => Math.floor(random() * count);

/** Something that goes wrong while a rotation is under way. */
interface Disturbance {
  readonly what: string;
  /** Changes the configuration of the `up` under way. */
  readonly change?: (config: Configuration) => void;
  /** Begins it, at once or later, and returns how it ends: when all is as it was. */
  readonly begin: () => Promise<{ env?: NodeJS.ProcessEnv; end: () => Promise<void> }>;
}

const quota = (what: string, hard: object): Disturbance => ({
  what,
  begin: async () => {
    const metadata = { name: "of-the-campaign", namespace: NAMESPACE };
    await apply({ apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard } });
    // Refused only once the quota's controller has counted what is there.
    const used = () => kubectl("-n", NAMESPACE, "get", "resourcequota", metadata.name, "-o", "jsonpath={.status.used}");
    await holds(async () => assert.notEqual(await used(), ""));
    return { end: async () => void (await kubectl("-n", NAMESPACE, "delete", "resourcequota", metadata.name)) };
  },
});

/** Waits until Postgres answers, and CloudNativePG says so. */
const ready = () =>
  holds(
    async () => {
      await kubectl("-n", NAMESPACE, "wait", `cluster.postgresql.cnpg.io/${CLUSTER}`, "--for=condition=Ready", "--timeout=180s");
      await superuser("select 1");
    },
    { seconds: 240 },
  );
const primary = () => kubectl("-n", NAMESPACE, "get", "pod", `${CLUSTER}-1`, "--ignore-not-found", "-o", "jsonpath={.metadata.uid}");

/** Does something at a moment of the `up`, and has it undone afterwards. */
const during = (what: string, happen: () => Promise<unknown>, undo: () => Promise<unknown>): Disturbance => ({
  what,
  begin: () => {
    const happening = pause(below(LONGEST_MS)).then(happen);
    const end = async () => {
      await happening;
      await undo();
    };
    return Promise.resolve({ end });
  },
});

const PODS = "of-the-campaign";
const NO_IMAGE = "none.invalid/none";
/** A pod that is only tried has what the namespace's Pod Security wants. */
const RESTRICTED = JSON.stringify({
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ name: "tried", image: NO_IMAGE, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
  },
});

async function forgetPolicy(): Promise<void> {
  for (const kind of ["validatingadmissionpolicybinding", "validatingadmissionpolicy"])
    await kubectl("delete", kind, PODS, "--ignore-not-found");
}

/** These disturb this stack alone. */
const OWN: readonly Disturbance[] = [
  { what: "nothing", begin: () => Promise.resolve({ end: () => Promise.resolve() }) },
  quota("a quota of no Jobs", { "count/jobs.batch": "0" }),
  quota("a quota of processors, which pods have to name", { "limits.cpu": "8" }),
  during("the primary is killed", () => signal("postgres", "SIGKILL"), ready),
  {
    what: "the primary's pod is deleted",
    begin: async () => {
      const before = await primary();
      await kubectl("-n", NAMESPACE, "delete", "pod", `${CLUSTER}-1`, "--wait=false");
      return {
        end: async () => {
          await holds(async () => assert.ok(!["", before].includes(await primary())), { seconds: 120 });
          await ready();
        },
      };
    },
  },
  {
    what: "connections to the API server are cut",
    begin: async () => {
      const { directory } = await configureRotation({});
      const cuts = await cutConnections(directory, [below(4_000), 2_000 + below(4_000), 4_000 + below(6_000)]);
      return { env: { KUBECONFIG: cuts.kubeconfig }, end: () => cuts.close() };
    },
  },
  {
    what: "a workload does not come up",
    begin: async () => {
      await kubectl("-n", NAMESPACE, "delete", "configmap", BROKEN.name);
      return { end: async () => void (await kubectl("-n", NAMESPACE, "create", "configmap", BROKEN.name)) };
    },
  },
  {
    what: "admission refuses pods",
    begin: async () => {
      const apiVersion = "admissionregistration.k8s.io/v1";
      const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
      const validations = [{ expression: "'cnpg.io/cluster' in object.metadata.?labels.orValue({})", message: "not today" }];
      const matchConstraints = { resourceRules: [rule] };
      const policy = { failurePolicy: "Fail", matchConstraints, validations };
      const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } };
      const binding = { policyName: PODS, validationActions: ["Deny"], matchResources: { namespaceSelector } };
      await apply({ apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name: PODS }, spec: policy });
      await apply({ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: { name: PODS }, spec: binding });
      const tried = () => kubectl("-n", NAMESPACE, "run", "tried", `--image=${NO_IMAGE}`, "--dry-run=server", `--overrides=${RESTRICTED}`);
      await holds(() => assert.rejects(tried(), /not today/));
      return {
        end: async () => {
          await forgetPolicy();
          await holds(async () => assert.doesNotMatch(await tried().catch(String), /not today/));
        },
      };
    },
  },
  {
    what: "a replica that no node has room for",
    change: ({ cluster }) => {
      cluster.instances = 2;
      cluster.readyTimeout = "20s";
      cluster.placement = { ...(cluster.placement as object), antiAffinity: "required" };
    },
    // CloudNativePG goes on to wait for it, also after its Cluster wants one instance: it is taken
    // away by hand.
    begin: () =>
      Promise.resolve({
        end: async () => {
          const spec = JSON.stringify({ spec: { instances: 1 } });
          await kubectl("-n", NAMESPACE, "patch", "clusters.postgresql.cnpg.io", CLUSTER, "--type=merge", "-p", spec);
          const second = ["-l", `cnpg.io/instanceName=${CLUSTER}-2`, "--ignore-not-found"];
          await holds(async () => {
            await kubectl("-n", NAMESPACE, "delete", "jobs,pods,pvc", ...second, "--wait=false");
            assert.equal(await kubectl("-n", NAMESPACE, "get", "jobs,pods,pvc", ...second, "-o", "name"), "");
          });
          await ready();
        },
      }),
  },
];

/** These disturb everybody in the cluster. */
const EVERYBODYS: readonly Disturbance[] = [
  during("the operator is gone for a while", stopOperator, startOperator),
  during(
    "the API server is killed",
    () => signal("apiServer", "SIGKILL"),
    async () => {
      await holds(() => kubectl("get", "--raw", "/readyz"), { seconds: 120 });
      // An operator that crashes with it is started again after ever longer pauses: another one
      // begins at once.
      await stopOperator();
      await holds(startOperator, { seconds: 120 });
    },
  ),
];

/** A round's outcome, for people. */
interface Round {
  readonly disturbance: string;
  readonly rotated: readonly string[];
  readonly first: "ok" | "failed";
  readonly seconds: number;
  readonly deadSeconds: number;
}

const wanted = (all: readonly Disturbance[]) => all.filter(({ what }) => WANTED.some((word) => what.includes(word)));
const [OWN_WANTED, EVERYBODYS_WANTED] = [wanted(OWN), wanted(EVERYBODYS)];
/** Ten in an hour: other files wait meanwhile. */
const TIMES = Math.max(1, Math.round(MINUTES / 6));

const HOW_LONG = MINUTES > 0 ? `for ${MINUTES} minutes` : "once each";

describe(`rotations of ${SERVICES.join(", ")} while something goes wrong, ${HOW_LONG}, seed ${SEED}`, function () {
  stopAtFailure();
  const turns = new Turns(SERVICES);
  const rounds: Round[] = [];
  let application: Application;
  let client: LoginClient;

  const settings = (config: Configuration) => {
    config.rotation = { ...(config.rotation as object), restartSeconds: 30, proof: { seconds: 30 } };
    config.services.platform = { workloads: [{ kind: "Deployment", name: application.name }] };
    config.services.agents = { rotation: { strategy: "alternating" }, workloads: [BROKEN] };
    config.services.temporal = { rotation: { strategy: "alternating" } };
  };

  /** Brings the stack up to what the turns say. Returns why it failed. */
  async function comesUp({ change }: Partial<Disturbance> = {}, env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
    const opened = await configureRotation({ services: turns.services }, (config) => {
      settings(config);
      change?.(config);
    });
    try {
      await timedUp(() => up({ ...opened, env: { ...opened.env, ...env } }, () => undefined));
      return undefined;
    } catch (error) {
      if (error instanceof FixableError) return error.message;
      throw error;
    }
  }

  async function round(disturbance: Disturbance): Promise<void> {
    const rotated = SERVICES.filter(() => random() < 0.6);
    if (rotated.length > 0) turns.rotate(...rotated);
    const from = Date.now();
    const { env, end } = await disturbance.begin();
    const failed = await comesUp(disturbance, env);
    const ended = Date.now();
    await end();
    // One `up` more, where the first one could not do everything, or has something to take back.
    const rest = failed === undefined && disturbance.change === undefined ? undefined : await comesUp();
    assert.equal(rest, undefined, `after "${disturbance.what}": ${rest}\nbefore it: ${failed}`);
    const now = await credentials();
    await holds(() =>
      withTunnel(async (connect) => {
        for (const credential of Object.values(now)) await connect(credential);
      }),
    );
    await client.sees(Object.fromEntries(ALTERNATING.map((name) => [name, now[name]!.user])), KUBELET_SECONDS);
    await holds(() => assert.ok(application.dead().every(({ to }) => to !== undefined)));
    const dead = application.dead().filter(({ from: began }) => began >= from);
    const deadMs = dead.reduce((sum, { from: began, to }) => sum + to! - began, 0);
    const seconds = (ended - from) / 1000;
    rounds.push({
      disturbance: disturbance.what,
      rotated,
      first: failed === undefined ? "ok" : "failed",
      seconds,
      deadSeconds: deadMs / 1000,
    });
    // A password that has ended is nobody's any more when the `up` that ended it has ended.
    for (const { from: began, to } of dead)
      assert.ok(to! <= (began < ended ? ended : Date.now()) + GRACE_MS, `after "${disturbance.what}": dead for ${to! - began} ms`);
  }

  before(async () => {
    await kubectl("-n", NAMESPACE, "create", "configmap", BROKEN.name);
    await makeWorkload(BROKEN.kind, BROKEN.name, BROKEN.name);
    application = await startApplication(platform);
    turns.to("alternating", ...ALTERNATING);
    assert.equal(await comesUp(), undefined);
    client = await startClient("campaign", { agents: 5, temporal: 5 });
  });
  after(async () => {
    const seconds = (value: number) => value.toFixed(1);
    const rows = rounds.map((one) => [one.disturbance, one.rotated.join(" "), one.first, seconds(one.seconds), seconds(one.deadSeconds)]);
    console.log(columns([["WHAT", "ROTATED", "FIRST UP", "SECONDS", "IN PLACE DEAD"], ...rows]));
    await holds(forgetPolicy, { seconds: 120 });
    await application?.stop();
    await client?.stop();
    await removeWorkload(BROKEN.kind, BROKEN.name);
  });

  if (OWN_WANTED.length > 0)
    it("one up finishes each, and no application that can be restarted has a dead password for longer", async () => {
      const until = Date.now() + MINUTES * 60_000;
      do for (const disturbance of shuffled(OWN_WANTED)) await round(disturbance);
      while (Date.now() < until);
    });

  if (EVERYBODYS_WANTED.length > 0)
    it("the same while what everybody uses is lost", () =>
      alone(async () => {
        for (let time = 0; time < TIMES; time++) for (const disturbance of shuffled(EVERYBODYS_WANTED)) await round(disturbance);
      }));

  it("no login that takes turns has been refused", async () => {
    const report = await client.report();
    console.log(rates(report));
    assert.deepEqual(
      report.failures.filter(({ code }) => code.startsWith("28")),
      [],
    );
  });

  it("drift finds nothing in the end", () => clean("after the campaign"));
});

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(all: readonly T[]): T[] {
  const left = [...all];
  return all.map(() => left.splice(below(left.length), 1)[0]!);
}
