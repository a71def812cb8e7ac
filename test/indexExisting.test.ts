import * as assert from "node:assert/strict";
import type { Preflight } from "../preflight";
import type { PlannedService } from "../rotation/plan";
import { pulumiReads } from "./support/reads";
import { ids, wholeProgram } from "./support/wholeProgram";

const cluster = { existing: "shared" };
const services = { agents: {}, platform: { rotation: { strategy: "alternating" } } };
const change = { cluster, services, tls: {}, network: "none", alerts: "none", rotation: {} };

/** A Cluster that is read so, with what this state has made of it before. */
function found(planned: readonly PlannedService[], more: Partial<NonNullable<Preflight["existing"]>> = {}): Preflight {
  return {
    adopted: {},
    closedRoles: [],
    isCopy: false,
    held: {},
    missingNamespaces: new Set(),
    authorities: { operator: "-----BEGIN CERTIFICATE-----\nTHEIRS\n-----END CERTIFICATE-----\n" },
    existing: {
      settings: {
        instances: 2,
        parameters: {},
        pgHba: ["hostssl agents reporting all scram-sha-256"],
        imagePullSecrets: ["registry"],
        superuserAccess: "disabled",
        placement: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname", zones: "any", nodeSelector: { disk: "fast" } },
        image: "registry/postgresql:17.6",
      },
      services: planned,
      letGo: { scheduledBackups: [], authority: false },
      closed: [],
      ...more,
    },
  };
}

describe("the program, on a Cluster that is somebody else's", () => {
  const { up, onPreflight } = wholeProgram();
  const reads = pulumiReads();
  beforeEach(() => onPreflight((_, planned) => Promise.resolve(found(planned))));

  it("makes roles, databases, Secrets and proofs, and of the Cluster nothing: it reads that", async () => {
    const made = await up("dev", change);
    const kinds = ids(made.resources).filter((id) => id.startsWith("kubernetes:"));
    assert.deepEqual(
      kinds.filter((id) => /:(Cluster|ScheduledBackup|Pooler\w*)::/.test(id)),
      [],
    );
    assert.deepEqual(reads.taken(), ["kubernetes:postgresql.cnpg.io/v1:Cluster::shared ameide-dev/shared"]);
    assert.deepEqual(
      made.ofKind("DatabaseRole").map(({ id }) => id.split("::")[1]),
      ["roles-agents", "roles-platform", "roles-platform-a", "roles-platform-b"],
    );
    assert.deepEqual(
      made.ofKind("DatabaseRole").map(({ inputs }) => (inputs.spec as { cluster: object }).cluster),
      Array(4).fill({ name: "shared" }),
    );
    assert.equal(made.result.cluster, "ameide-dev/shared");
    assert.equal((made.result as { clusterIs?: string }).clusterIs, "existing");
  });

  it("proves by the Cluster's own image, where its instances run, and hands its authority on", async () => {
    const made = await up("dev", change);
    const { template } = made.get("kubernetes:batch/v1:Job::agents-proof").inputs.spec as {
      template: {
        spec: { nodeSelector: object; imagePullSecrets: object; containers: { image: string; env: { name: string; value?: string }[] }[] };
      };
    };
    const [container] = template.spec.containers;
    assert.equal(container!.image, "registry/postgresql:17.6");
    assert.deepEqual(template.spec.nodeSelector, { disk: "fast" });
    assert.deepEqual(template.spec.imagePullSecrets, [{ name: "registry" }]);
    const value = (name: string) => container!.env.find((one) => one.name === name)?.value;
    assert.equal(value("PGHOST"), "shared-rw.ameide-dev.svc");
    assert.match(value("GUESTS")!, /reporting/);
    const { data } = made.get("kubernetes:core/v1:ConfigMap::server-authority-certificates").inputs as { data: Record<string, string> };
    assert.match(data["ca.crt"]!, /THEIRS/);
    assert.deepEqual(made.ofKind("Stash"), []);
  });

  it("lets go of what it has made before: read under the names that those had, so that the engine deletes nothing", async () => {
    onPreflight((_, planned) => Promise.resolve(found(planned, { letGo: { scheduledBackups: ["daily"], authority: true } })));
    const made = await up("dev", change);
    assert.deepEqual(reads.taken(), [
      "kubernetes:core/v1:Secret::server-authority ameide-dev/shared-server-ca",
      "kubernetes:postgresql.cnpg.io/v1:Cluster::shared ameide-dev/shared",
      "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup::shared-daily ameide-dev/daily",
    ]);
    const parents = reads.parents();
    assert.ok(
      parents.every((parent) => /PostgresCluster::shared$|ServerAuthority::server-authority$/.test(parent)),
      parents.join(),
    );
    assert.deepEqual(made.ofKind("Cluster"), []);
  });

  it("keeps the objects of roles that nobody may log in as any more, without a password", async () => {
    const closed = [{ service: "threads", object: "threads", role: "threads" }];
    onPreflight((_, planned) => Promise.resolve(found(planned, { closed })));
    const spec = (await up("dev", change)).get("kubernetes:postgresql.cnpg.io/v1:DatabaseRole::roles-threads").inputs.spec;
    const { name, login = false, disablePassword, databaseRoleReclaimPolicy } = spec as Record<string, unknown>;
    assert.deepEqual([name, login, disablePassword, databaseRoleReclaimPolicy], ["threads", false, true, "retain"]);
  });

  it("limits nobody's network but its own pods'", async () => {
    const policies = (await up("dev", { ...change, network: "policies" })).ofKind("NetworkPolicy").map(({ id }) => id.split("::")[1]);
    assert.deepEqual(policies, ["network-clients"]);
  });
});
