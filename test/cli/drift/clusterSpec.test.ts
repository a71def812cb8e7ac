import * as assert from "node:assert/strict";
import { telling } from "../../support/told";
import { REWRITE } from "./case";
import { report, world, type World } from "./fixture";

/** The Cluster's spec in the state and in the cluster. */
function specs({ state, facts }: World): [written: Record<string, unknown>, there: Record<string, unknown>] {
  const { inputs } = state.deployment!.resources!.find(({ type }) => type.endsWith(":Cluster"))!;
  return [(inputs as { spec: Record<string, unknown> }).spec, facts.cluster!.spec];
}

describe("cli/drift/clusterSpec", () => {
  const tell = telling("drift", "a Cluster that lets others in by what nobody has written");
  const found = (change: (written: Record<string, unknown>, there: Record<string, unknown>) => void) => {
    const of = world();
    change(...specs(of));
    return report(of).findings;
  };
  const said = (findings: ReturnType<typeof found>) => findings.map(({ suspect, truth, mend }) => `${suspect}: ${truth}; ${mend}`);

  it("is what Pulumi wrote, with what the operator fills in", () => {
    const images = { certificates: { serverCASecret: "pg-server-ca" }, env: [{ name: "TZ", value: "UTC" }], imageName: "postgresql:17" };
    assert.deepEqual(
      found((written, there) => {
        Object.assign(written, images, {
          backup: { barmanObjectStore: { destinationPath: "s3://ours" } },
          monitoring: { customQueriesConfigMap: [{ name: "ours", key: "queries" }] },
          plugins: [{ name: "barman" }],
        });
        Object.assign(there, images, {
          backup: { barmanObjectStore: { destinationPath: "s3://ours", data: { jobs: 2 } }, target: "prefer-standby" },
          monitoring: {
            customQueriesConfigMap: [
              { name: "ours", key: "queries" },
              { name: "cnpg-default-monitoring", key: "queries" },
            ],
          },
          plugins: [{ name: "barman", enabled: true }],
          postgresql: { ...(there.postgresql as object), shared_preload_libraries: [], parameters: { wal_level: "logical" } },
        });
      }),
      [],
    );
    assert.deepEqual(
      found((_, there) =>
        Object.assign(there, { imageName: "postgresql:17", monitoring: { customQueriesConfigMap: [{ name: "cnpg-default-monitoring" }] } }),
      ),
      [],
    );
  });

  const added: [path: string, value: unknown, by: string][] = [
    ["env", [{ name: "LD_PRELOAD", value: "/tmp/x.so" }], "have those variables"],
    ["envFrom", [{ secretRef: { name: "x" } }], "have those variables"],
    ["projectedVolumeTemplate", { sources: [{ secret: { name: "x" } }] }, "have those files"],
    ["certificates.clientCASecret", "theirs", "without a password"],
    ["superuserSecret", { name: "theirs" }, "the superuser's"],
    ["backup.barmanObjectStore", { destinationPath: "s3://theirs" }, "all data goes there"],
    ["plugins", [{ name: "theirs" }], "with all data"],
    ["managed.services", { additional: [{ selectorType: "rw" }] }, "is reached through them"],
    ["monitoring.customQueriesConfigMap", [{ name: "theirs", key: "q" }], "its queries run"],
    ["postgresql.shared_preload_libraries", ["theirs"], "Postgres runs them"],
    ["postgresql.parameters.session_preload_libraries", "theirs", "Postgres runs them"],
    ["securityContext", { privileged: true }, "is on the node"],
    ["podSecurityContext", { runAsUser: 0 }, "is on the node"],
    ["serviceAccountName", "theirs", "the rights of that account"],
    ["serviceAccountTemplate", { metadata: { annotations: { a: "b" } } }, "their account"],
  ];
  for (const [path, value, by] of added)
    it(`finds ${path} that somebody has added, with what takes it away`, () => {
      const keys = path.split(".");
      const findings = found((_, there) => {
        const last = keys.slice(0, -1).reduce((of, key) => (of[key] ??= {}) as Record<string, unknown>, there);
        last[keys.at(-1)!] = value;
      });
      const patch = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
      tell(said(findings), [[`Cluster pg has ${path}, which Pulumi has not written`, by, JSON.stringify({ spec: patch })]]);
    });

  it("finds what is another than Pulumi wrote", () => {
    for (const [written, there] of [
      [{ imageName: "postgresql:17" }, { imageName: "evil.example/postgresql:17" }],
      [{ certificates: { serverCASecret: "ours" } }, { certificates: { serverCASecret: "theirs" } }],
      [{ env: [{ name: "TZ" }] }, { env: [{ name: "TZ" }, { name: "LD_PRELOAD" }] }],
      [{ env: [{ name: "TZ" }, { name: "LANG" }] }, { env: [{ name: "TZ" }] }],
    ]) {
      const [only, ...more] = found((state, live) => void (Object.assign(state, written), Object.assign(live, there)));
      assert.deepEqual(more, []);
      assert.match(only!.suspect, /^Cluster pg has another (?:imageName|certificates\.serverCASecret|env) than Pulumi wrote: /);
      assert.equal(only!.mend, REWRITE);
    }
  });
});
