import * as assert from "node:assert/strict";
import { SCREEN } from "../../review/lines";
import { renderMarkdown } from "../../review/render";
import { exitCode, review, type Review } from "../../review/report";
import type { LiveCredential } from "../../rotation/plan";
import { previewOf, stepsBetween } from "../support/previews";
import { set, stackFile, type StackName } from "../support/stackFiles";
import { finding, wholeProgram } from "../support/wholeProgram";

const SERVICES = stackFile("dev").services as Record<string, object>;
const ALTERNATING = { ...SERVICES, platform: { rotation: { strategy: "alternating" } } };
const WORKLOAD = { ...SERVICES, platform: { workloads: [{ kind: "Deployment", name: "web" }] } };
const ROTATED = { services: { platform: 1 } };

const IN_PLACE: LiveCredential = { application: { login: "platform", generation: "0.0.0" }, generations: { owner: "0.0.0" } };
const BY_TURNS: LiveCredential = {
  application: { login: "platform_a", previous: "platform_b", generation: "0.0.0" },
  generations: { a: "0.0.0", b: "0.0.0" },
};

/** A stack's own setting with something in it changed. */
function changed(stack: StackName, key: string, path: readonly string[], value: unknown): Record<string, unknown> {
  const own = structuredClone(stackFile(stack)[key]) as Record<string, unknown>;
  set(own, path, value);
  return { [key]: own };
}

describe("review: this program", () => {
  const { up, onPreflight } = wholeProgram();

  interface Case {
    stack?: StackName;
    before?: Record<string, unknown>;
    after?: Record<string, unknown>;
    live?: LiveCredential;
  }

  /** What would be said of a change of a stack's configuration, with everything that its file turns on. */
  async function between({ stack = "dev", before = {}, after = {}, live }: Case): Promise<{ text: string; found: Review }> {
    const { vault, vaultValues, bundles, gates } = stackFile(stack);
    const whole = (change: object) =>
      Object.fromEntries(Object.entries({ vault, vaultValues, bundles, gates, ...change }).filter(([, value]) => value !== undefined));
    if (live) onPreflight(finding({ platform: live }));
    const old = await up(stack, whole(before));
    const now = await up(stack, whole(after));
    const found = review(stack, previewOf(stepsBetween(old.resources, now.resources)), false);
    return { text: renderMarkdown(found), found };
  }

  /** What stands below the line that counts. */
  async function said(given: Case): Promise<string[]> {
    const { text } = await between(given);
    return text.split("\n").slice(4);
  }

  it("says nothing where nothing changes", async () => {
    const { text, found } = await between({});
    assert.match(text, /^## dev: nothing changes\n\n[^#]*$/);
    assert.equal(exitCode(found), 0);
  });

  it("a new service", async () => {
    const { backstage: _backstage, ...before } = SERVICES;
    assert.deepEqual(await said({ before: { services: before } }), [
      "### Passwords",
      "- `backstage` (Secret `backstage-db-credentials`): a first password",
      "",
      "### Cluster, roles and databases",
      "- Cluster `ameide-dev/postgres-ameide`: who may connect to what: 1 line more of pg_hba.conf",
      "- role `backstage`, database `backstage`: new",
    ]);
  });

  it("a rotation in place, with what it restarts", async () => {
    const rotation = { before: { services: WORKLOAD }, after: { services: WORKLOAD, rotation: ROTATED }, live: IN_PLACE };
    assert.deepEqual(await said(rotation), [
      "### Destroys",
      "- `platform` (role `platform`): the password in use ends: logins fail from when CloudNativePG applies the new one until",
      "  pods have read it",
      "",
      "### Passwords",
      "- `platform` (role `platform`): a new password in place, proven by a login afterwards",
      "",
      "### Restarts",
      "- Deployment `ameide-dev/web`: once the new credential works: `platform`",
    ]);
    assert.equal(exitCode((await between(rotation)).found), 1);
  });

  it("a rotation of everything in place: as many services as fit into three lines", async () => {
    const { text } = await between({ after: { rotation: { all: 1 } }, live: IN_PLACE });
    assert.match(text, /### Destroys\n- `agents`, (?:.*\n){1,2}.*`workflows`: the password in use ends:/);
  });

  it("a rotation by turns, which ends nothing", async () => {
    const services = ALTERNATING;
    const rotation = { before: { services }, after: { services, rotation: ROTATED }, live: BY_TURNS };
    assert.deepEqual(await said(rotation), [
      "### Passwords",
      "- `platform` (`platform_a` → `platform_b`): a new password, of the login whose turn it is; proven first, and the one",
      "  before works until it is retired: no login fails; nothing is restarted, pods have to read the Secret again",
    ]);
    assert.equal(exitCode((await between(rotation)).found), 0);
  });

  it("the end of the credential before", async () => {
    const services = ALTERNATING;
    const rotation = { services: { platform: 0 } };
    const retired = { ...rotation, retired: { platform: "0.0.0" } };
    assert.deepEqual(await said({ before: { services, rotation }, after: { services, rotation: retired }, live: BY_TURNS }), [
      "### Destroys",
      "- role `platform_b`: may not log in any more: whatever still holds the credential is locked out",
      "",
      "### Passwords",
      "- `platform` (role `platform_b`): the password of a login that is not in use ends",
    ]);
  });

  it("a service that goes", async () => {
    const { plausible: _plausible, ...after } = SERVICES;
    assert.deepEqual(await said({ after: { services: after } }), [
      "### Destroys",
      "- `plausible` (Secret `plausible-db-credentials`): off from now on: password and Secrets are deleted, and the role may",
      "  not connect any more",
      "- `plausible` (Secrets `plausible-admin`, `plausible-secret`): not fetched from Vault any more, and deleted",
      "",
      "### Cluster, roles and databases",
      "- Cluster `ameide-dev/postgres-ameide`: who may connect to what: 1 line fewer of pg_hba.conf",
      "- role `plausible`: left in Postgres, and not managed any more",
      "- database `plausible`: left in Postgres, closed and not managed any more",
    ]);
  });

  it("another store", async () => {
    const [first, second, ...rest] = await said({ after: changed("dev", "vault", ["mount"], "elsewhere") });
    assert.deepEqual(
      [first, second],
      ["### Secrets and stores", "- store `ameide-vault`: another engine: everything that is fetched through it comes from there"],
    );
    assert.match(rest.join("\n"), /^\n### Vault and Azure\n- .*Job `vault\/foundation-vault-bootstrap-/);
  });

  it("a bundle that is switched off", async () => {
    assert.deepEqual(await said({ after: changed("dev", "bundles", ["minio"], undefined) }), [
      "### Destroys",
      "- bundle `minio` (Secrets `minio-root-credentials`, `minio-service-users`): not fetched from Vault any more, and deleted",
    ]);
  });

  it("prod without its protection, with fewer instances of another image", async () => {
    const cluster = {
      ...(stackFile("prod").cluster as object),
      protection: "none",
      instances: 1,
      image: "ghcr.io/cloudnative-pg/postgresql:18.0",
    };
    const lines = await said({ stack: "prod", after: { cluster } });
    assert.deepEqual(lines.slice(0, 8), [
      "### Destroys",
      "- Cluster `ameide-prod/postgres-ameide`: 3 → 1 instance: the others go, with their volumes",
      "- Cluster `ameide-prod/postgres-ameide`, RandomId `state`, StatefulSet `vault/vault`: not protected against deletion any",
      "  more",
      "",
      "### Restarts",
      "- Cluster `ameide-prod/postgres-ameide`: Postgres, one instance after the other (image:",
      "  `ghcr.io/cloudnative-pg/postgresql:17.6-standard-bookworm` → `ghcr.io/cloudnative-pg/postgresql:18.0`)",
    ]);
  });

  it("another Cluster: the one that there is goes first of all, with its databases", async () => {
    const [title, first] = await said({ stack: "prod", after: changed("prod", "cluster", ["name"], "other") });
    assert.deepEqual([title, first], ["### Destroys", "- Cluster `ameide-prod/postgres-ameide`: deleted, with every database in it"]);
  });

  it("roles that become objects: they stay managed", async () => {
    const lines = await said({ after: { roleApi: "databaseRole" } });
    assert.match(
      lines.join("\n"),
      /^### Cluster, roles and databases\n- roles `agents`, `agents_runtime`, [^:]*: new, managed by a\s+DatabaseRole$/,
    );
  });

  const LARGE: [string, Case][] = [
    ["a stack without its Vault", { stack: "prod", after: { vault: undefined, bundles: undefined } }],
    ["a stack in another namespace", { stack: "prod", after: { namespace: "elsewhere" } }],
    ["other labels on everything", { stack: "prod", after: { labels: { environment: "prod", team: "storage" } } }],
    ["everything by turns", { after: { rotation: { strategy: "alternating" } } }],
  ];
  for (const [title, given] of LARGE)
    it(`fits on a screen: ${title}`, async () => {
      const { text, found } = await between(given);
      fits(text);
      assert.notEqual(found.verdict, "nothing");
      if (found.verdict === "destructive") assert.equal(text.split("### ")[1]!.split("\n")[0], "Destroys");
    });

  it("fits on a screen: a stack that is new", async () => {
    const { vault, bundles, gates } = stackFile("prod");
    const { resources } = await up("prod", { vault, bundles, gates });
    const found = review("prod", previewOf(stepsBetween([], resources)), false);
    const text = renderMarkdown(found);
    fits(text);
    assert.equal(exitCode(found), 0);
    assert.match(text, /- Cluster `ameide-prod\/postgres-ameide`: new: 3 instances with 100Gi/);
    assert.ok(renderMarkdown(found, { all: true }).split("\n").length > SCREEN.height);
  });
});

function fits(text: string): void {
  const lines = text.split("\n");
  assert.ok(lines.length <= SCREEN.height, text);
  for (const line of lines) assert.ok(line.length <= SCREEN.width, line);
}
