import * as assert from "node:assert/strict";
import { clusterChanges } from "../../../cli/migrate/clusterChanges";
import { wantedCluster } from "../../../cli/migrate/declaredCluster";
import { planRotations } from "../../../rotation/plan";
import { golden } from "../../support/golden";
import { chosen } from "../../support/inventories";
import { telling, type Told } from "../../support/told";

const SECRET = "hunter2-of-the-archive";

describe("cli/migrate/clusterChanges", () => {
  const live = {
    instances: 1,
    imageName: "postgres:16",
    storage: { size: "1Gi", storageClass: "fast" },
    postgresql: { parameters: { archive_command: SECRET, work_mem: "4MB" }, pg_hba: ["host all all all md5"] },
    managed: { roles: [{ name: "app", passwordSecret: { name: "old" } }, { name: "gone" }] },
    affinity: { topologyKey: "zone" },
    enableSuperuserAccess: true,
  };
  const told = (wanted: Record<string, unknown>) => clusterChanges(live, wanted).map(({ field, what }) => `${field}: ${what}`);

  const tell = telling("migrate", "what changes in a Cluster");
  const cases: [string, Record<string, unknown>, ...Told[]][] = [
    ["nothing for what is so already, and for what the program says nothing of", { instances: 1, storage: { size: "1Gi" } }],
    ["nothing for what is the operator's own default", { affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred" } }],
    ["nothing for what is off and not there", { monitoring: { enablePodMonitor: false }, imagePullSecrets: [] }],
    [
      "numbers, images and sizes",
      { instances: 3, imageName: "postgres:17", storage: { size: "2Gi" } },
      ["instances", "1 → 3"],
      ["imageName", '"postgres:16" → "postgres:17"'],
      ["storage.size", '"1Gi" → "2Gi"'],
    ],
    [
      "what is new, and not its value",
      { walStorage: { size: "1Gi" }, resources: { limits: { cpu: SECRET } } },
      ["walStorage.size", '→ "1Gi"'],
      ["resources.limits.cpu", "is set"],
    ],
    [
      "parameters by name",
      { postgresql: { parameters: { archive_command: "other", work_mem: "4MB" } } },
      ["postgresql.parameters.archive_command", "another"],
    ],
    [
      "lines of pg_hba.conf by their number, and the last",
      { postgresql: { pg_hba: ["hostssl a +a all scram-sha-256", "host all all all reject"] } },
      ["postgresql.pg_hba", "2 lines more, 1 ", "host all all all reject"],
    ],
    [
      "roles that come, go and get another Secret",
      { managed: { roles: [{ name: "app", passwordSecret: { name: "new" } }, { name: "fresh" }] } },
      ["managed.roles", ": fresh;", "no longer managed: gone;", ": app (new)"],
    ],
    [
      "roles of which only attributes change",
      { managed: { roles: [{ ...live.managed.roles[0], login: true }, { name: "gone" }] } },
      ["managed.roles", "attributes"],
    ],
  ];
  for (const [title, wanted, ...expected] of cases) it(`tells ${title}`, () => tell(told(wanted), expected));

  it("says what each costs", () => {
    const costs = (
      [
        [{ affinity: { topologyKey: "node" } }, /every instance is restarted/],
        [{ enableSuperuserAccess: false }, /Secret of the superuser goes/],
        [{ storage: { storageClass: "slow" } }, /only instances that are made later/],
        [{ unheardOf: 1 }, /CloudNativePG's documentation/],
      ] as const
    ).map(([wanted, expected]) => {
      const { field, cost } = clusterChanges(live, wanted)[0]!;
      assert.match(cost, expected);
      return `${field}: ${cost}`;
    });
    golden("migrate", "what changes in a Cluster cost", costs.join("\n"));
  });

  it("repeats nothing that could be secret", () => {
    const said = JSON.stringify(clusterChanges(live, { postgresql: { parameters: { archive_command: "x" } }, backup: { a: SECRET } }));
    assert.ok(!said.includes(SECRET));
  });

  it("is of what the program itself would write: a second look at that finds nothing", async () => {
    const { stack, selected } = await chosen("dev", { vault: undefined, bundles: undefined, gates: undefined });
    const wanted = wantedCluster(stack, planRotations(selected.services));
    assert.deepEqual(clusterChanges(wanted, wanted), []);
    const { managed, postgresql, bootstrap } = wanted as {
      managed: { roles: { name: string }[] };
      postgresql: { pg_hba: string[] };
      bootstrap: object;
    };
    assert.deepEqual(
      managed.roles.map(({ name }) => name),
      selected.services.map(({ role }) => role),
    );
    assert.equal(postgresql.pg_hba.at(-1), "host all all all reject");
    assert.deepEqual(bootstrap, { initdb: { database: "ameide", owner: "dbuser", secret: { name: "base-db-role" } } });
  });
});
