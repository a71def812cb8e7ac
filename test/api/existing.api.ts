import assert from "node:assert/strict";
import * as path from "node:path";
import { execa } from "execa";
import { neededGrants } from "../../cli/rbac/rights";
import { select } from "../../catalog/select";
import { choicesOf } from "../../config/choices";
import { validateStack } from "../../config/validate";
import { makeProject } from "../e2e/support/project";
import { asEngineValues } from "../support/stackFiles";
import { makeAccount } from "./support/accounts";
import { refuses, type Case } from "./support/cases";
import { cluster, marked, scheduledBackup, secret } from "./support/objects";
import { objectsOf } from "./support/program";
import { CLUSTER, OTHER_STATE, Stage, STACK, STATE } from "./support/stage";
import { here } from "./support/world";

const AUTHORITY = secret(`${CLUSTER}-ca`, { "ca.crt": "-----BEGIN CERTIFICATE-----\nTHEIRS\n-----END CERTIFICATE-----\n" });
const existing: NonNullable<Case["settings"]> = (settings) => {
  settings.cluster = { existing: CLUSTER, protection: "none" };
  settings.rotation = { proof: { image: "example.com/postgresql:17" } };
};
/** Writes the Cluster as its owner mends it. */
const again =
  (spec: object = {}) =>
  async (stage: Stage) => {
    await here().api.remove(stage.placed(cluster()));
    await stage.apply(cluster({ ...spec }));
  };

describe("the program refuses a Cluster that is somebody else's", () => {
  refuses([
    {
      wrong: "and that is not there",
      objects: [AUTHORITY, cluster({}, "main")],
      settings: existing,
      refused: { "cluster.existing": /has no Cluster `postgres-ameide`.*there are main/ },
      remedy: (stage) => stage.apply(cluster()),
    },
    {
      wrong: "of another stack's",
      objects: [AUTHORITY, marked(cluster(), OTHER_STATE)],
      settings: existing,
      refused: { [`Cluster/${CLUSTER}`]: `belongs to another state (${OTHER_STATE})` },
      remedy: again(),
    },
    {
      wrong: "and that lists a service's role itself",
      objects: [AUTHORITY, cluster({ managed: { roles: [{ name: "platform", login: true }] } })],
      settings: existing,
      refused: { [`Cluster/${CLUSTER}`]: "has `platform` in its own `spec.managed.roles`" },
      remedy: again(),
    },
    {
      wrong: "and that follows another",
      objects: [
        AUTHORITY,
        cluster({
          replica: { enabled: true, source: "other" },
          externalClusters: [{ name: "other" }],
          bootstrap: { pg_basebackup: { source: "other" } },
        }),
      ],
      settings: existing,
      refused: { [`Cluster/${CLUSTER}`]: "is a replica of another Cluster" },
      remedy: again(),
    },
    {
      wrong: "in the place of one that this stack has made",
      objects: [AUTHORITY, cluster(), marked(cluster({}, "ours"), STATE)],
      settings: existing,
      refused: { "cluster.existing": /this stack has made the Cluster `ours`: the `up` would delete that/ },
      remedy: (stage) => here().api.remove(stage.placed(cluster({}, "ours"))),
    },
    {
      wrong: "whose authority is not there",
      objects: [cluster()],
      settings: existing,
      refused: { "tls.authorities": `the Secret ${CLUSTER}-ca is not there` },
      remedy: (stage) => stage.apply(AUTHORITY),
    },
  ]);
});

describe("the real engine", () => {
  it("lets go of a protected Cluster, its backups and its authority where they are only read, and takes them up again as they are", async () => {
    const stage = await Stage.open();
    const directory = path.join(here().server.directory, "cluster-program");
    const env = { ...process.env, ...(await makeProject(directory, "clusterProgram")), KUBECONFIG: here().server.kubeconfig };
    const pulumi = (...args: string[]) => execa("pulumi", [...args, "--non-interactive"], { cwd: directory, env });
    const objects = [cluster({}, "postgres"), secret("postgres-server-ca"), scheduledBackup("daily")].map((one) => stage.placed(one));
    const uids = async () => (await Promise.all(objects.map((one) => here().api.read(one)))).map(({ metadata }) => metadata.uid);
    const up = async (whose: "own" | "existing") => {
      await pulumi("config", "set", "whose", whose);
      await pulumi("up", "--yes", "--skip-preview");
      return await uids();
    };
    await pulumi("stack", "init", STACK);
    await pulumi("config", "set", "namespace", stage.namespace);
    const made = await up("own");
    assert.equal(new Set(made).size, objects.length);
    for (const whose of ["existing", "own", "existing"] as const) assert.deepEqual(await up(whose), made, whose);
  });
});

describe("a Cluster that is somebody else's", () => {
  async function open(): Promise<Stage> {
    const stage = await Stage.open();
    existing(stage.settings, stage);
    await stage.apply(AUTHORITY, cluster());
    return stage;
  }

  it("is lived in by an account with the rights that are printed, which writes no Clusters; and nothing is made of it", async () => {
    const stage = await open();
    const values = validateStack(asEngineValues(stage.settings), STACK);
    assert.ok("config" in values, JSON.stringify(values));
    const choices = choicesOf(values.config, STACK);
    const selected = await select(choices);
    assert.ok("services" in selected);
    const grants = neededGrants(choices, selected, "up");
    const rules = grants.flatMap((grant) => grant.rules).filter(({ resources }) => resources.includes("clusters"));
    assert.deepEqual([...new Set(rules.flatMap(({ verbs }) => verbs))].sort(), ["get", "list"]);
    const { made, warnings } = await stage.goesOn({ kubeconfig: await makeAccount(stage.namespace, grants) });
    assert.deepEqual(
      objectsOf(made).filter(({ kind }) => /^(Cluster|ScheduledBackup|Pooler)$/.test(kind)),
      [],
    );
    assert.match(warnings, /nothing in its pg_hba\.conf keeps these services' logins/);
  });
});
