import * as assert from "node:assert/strict";
import { SCREEN } from "../../../cli/review/lines";
import { renderMarkdown } from "../../../cli/review/render";
import { exitCode, review, type Review } from "../../../cli/review/report";
import { golden } from "../../support/golden";
import { previewOf, stepsBetween } from "../../support/previews";
import { set, stackFile, type StackName } from "../../support/stackFiles";
import { wholeProgram } from "../../support/wholeProgram";

const SERVICES = stackFile("dev").services as Record<string, object>;
const ALTERNATING = { ...SERVICES, platform: { rotation: { strategy: "alternating" } } };
const WORKLOAD = { ...SERVICES, platform: { workloads: [{ kind: "Deployment", name: "web" }] } };
const platform = (entry: object) => ({ services: { platform: entry } });
const ROTATED = platform({ generation: 1 });

/** A stack's own setting with something in it changed. */
function changed(stack: StackName, key: string, path: readonly string[], value: unknown): Record<string, unknown> {
  const own = structuredClone(stackFile(stack)[key]) as Record<string, unknown>;
  set(own, path, value);
  return { [key]: own };
}

/** Its configuration has the paths of stores: another one is another ConfigMap, and another run. */
const BOOTSTRAP_CHANGES: [part: string, ...bullets: [who: string, phrase: string][]] = [
  "Vault and Azure",
  ["CronJob `vault/foundation-vault-bootstrap`, ConfigMap `vault/foundation-vault-bootstrap-HASH`", "changed"],
  ["Job `vault/foundation-vault-bootstrap-HASH`", "run again"],
];

describe("review: this program", () => {
  const { up } = wholeProgram();

  interface Case {
    stack?: StackName;
    before?: Record<string, unknown>;
    after?: Record<string, unknown>;
  }

  /**
   * What would be said of a change of a stack's configuration, with everything that its file turns
   * on.
   */
  async function between({ stack = "dev", before = {}, after = {} }: Case): Promise<{ text: string; found: Review }> {
    const { vault, vaultValues, bundles, gates } = stackFile(stack);
    const whole = (change: object) =>
      Object.fromEntries(Object.entries({ vault, vaultValues, bundles, gates, ...change }).filter(([, value]) => value !== undefined));
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

  /**
   * Asserts which parts there are, each with whom it is about and a phrase; the whole is in the
   * golden file.
   */
  function says(title: string, lines: readonly string[], ...expected: [part: string, ...bullets: [who: string, phrase: string][]][]): void {
    const parts = lines
      .join("\n")
      .split(/^### /m)
      .slice(1)
      .map((part) =>
        part
          .trimEnd()
          .replace(/\n {2}/g, " ")
          // The Job's name is made of what it runs.
          .replace(/(vault-bootstrap)-[0-9a-f]{8,10}`/g, "$1-HASH`")
          .split("\n"),
      );
    assert.deepEqual(
      parts.map(([part, ...bullets]) => [part, bullets.length]),
      expected.map(([part, ...bullets]) => [part, bullets.length]),
    );
    for (const [index, [, ...bullets]] of parts.entries())
      for (const [at, bullet] of bullets.entries()) {
        const [who, phrase] = expected[index]![at + 1] as [string, string];
        assert.ok(bullet.startsWith(`- ${who}: `) && bullet.includes(phrase), `nothing of ${who} | ${phrase} in ${bullet}`);
      }
    golden("review", title, lines.join("\n").replace(/(vault-bootstrap)-[0-9a-f]{8,10}`/g, "$1-HASH`"));
  }

  it("says nothing where nothing changes", async () => {
    const { text, found } = await between({});
    assert.match(text, /^## dev: nothing changes\n\n[^#]*$/);
    assert.equal(exitCode(found), 0);
  });

  it("a new service", async () => {
    const { backstage: _backstage, ...before } = SERVICES;
    says(
      "a new service",
      await said({ before: { services: before } }),
      ["Passwords", ["`backstage` (Secret `backstage-db-credentials`)", "first password"]],
      [
        "Cluster, roles and databases",
        [
          "Cluster `ameide-dev/postgres-ameide`",
          "new lines of pg_hba.conf: `hostssl backstage backstage,backstage_a,backstage_b all scram-sha-256`",
        ],
        ["role `backstage`, database `backstage`", "new"],
      ],
    );
  });

  it("a rotation in place, with what it restarts", async () => {
    const rotation = { before: { services: WORKLOAD }, after: { services: WORKLOAD, rotation: ROTATED } };
    says(
      "a rotation in place",
      await said(rotation),
      ["Destroys", ["`platform` (role `platform`)", "the password in use ends"]],
      ["Passwords", ["`platform` (role `platform`)", "in place"]],
      ["Restarts", ["Deployment `ameide-dev/web`", "`platform`"]],
    );
    assert.equal(exitCode((await between(rotation)).found), 1);
  });

  it("a rotation of everything in place: as many services as fit into three lines", async () => {
    const everything = Object.fromEntries(Object.keys(SERVICES).map((name) => [name, { generation: 1 }]));
    const { text } = await between({ after: { rotation: { services: everything } } });
    assert.match(text, /### Destroys\n- `agents`, (?:.*\n){1,2}.*`workflows`: the password in use ends:/);
  });

  it("a rotation by turns, which ends nothing", async () => {
    const services = ALTERNATING;
    const rotation = {
      before: { services, rotation: platform({ active: "a", a: 3, b: 2 }) },
      after: { services, rotation: platform({ active: "b", a: 3, b: 4 }) },
    };
    says("a rotation by turns", await said(rotation), ["Passwords", ["`platform` (`platform_a` → `platform_b`)", "no login fails"]]);
    assert.equal(exitCode((await between(rotation)).found), 0);
  });

  it("the end of the credential before", async () => {
    const services = ALTERNATING;
    const rotation = platform({ active: "a", a: 3, b: 2 });
    const retired = platform({ active: "a", a: 3, b: "retired" });
    says(
      "the end of the credential before",
      await said({ before: { services, rotation }, after: { services, rotation: retired } }),
      ["Destroys", ["role `platform_b`", "may not log in any more"]],
      ["Passwords", ["`platform` (role `platform_b`)", "not in use"]],
    );
  });

  it("a service that goes", async () => {
    const { plausible: _plausible, ...after } = SERVICES;
    says(
      "a service that goes",
      await said({ after: { services: after } }),
      [
        "Destroys",
        ["`plausible` (Secret `plausible-db-credentials`)", "Secrets are deleted"],
        ["`plausible` (Secrets `plausible-admin`, `plausible-secret`)", "not fetched"],
      ],
      [
        "Cluster, roles and databases",
        [
          "Cluster `ameide-dev/postgres-ameide`",
          "lines of pg_hba.conf that go: `hostssl plausible plausible,plausible_a,plausible_b all scram-sha-256`",
        ],
        ["role `plausible`", "left in Postgres"],
        ["database `plausible`", "closed"],
      ],
      // Its paths are none of the store's any more.
      BOOTSTRAP_CHANGES,
    );
  });

  it("another store", async () => {
    const [first, second, ...rest] = await said({ after: changed("dev", "vault", ["mount"], "elsewhere") });
    assert.equal(first, "### Secrets and stores");
    assert.match(second!, /^- store `ameide-vault`: another engine: /);
    assert.match(rest.join("\n"), /^\n### Vault and Azure\n[^]*- Job `vault\/foundation-vault-bootstrap-/);
  });

  it("a bundle that is switched off", async () => {
    says(
      "a bundle that is switched off",
      await said({ after: changed("dev", "bundles", ["minio"], undefined) }),
      ["Destroys", ["bundle `minio` (Secrets `minio-root-credentials`, `minio-service-users`)", "deleted"]],
      BOOTSTRAP_CHANGES,
    );
  });

  it("prod without its protection, with fewer instances of another image", async () => {
    const cluster = {
      ...(stackFile("prod").cluster as object),
      protection: "none",
      instances: 1,
      image: "ghcr.io/cloudnative-pg/postgresql:18.0",
    };
    const lines = await said({ stack: "prod", after: { cluster } });
    says(
      "prod without its protection",
      lines.slice(0, 8),
      [
        "Destroys",
        ["Cluster `ameide-prod/postgres-ameide`", "3 → 1 instance"],
        ["28 Secrets, Cluster `ameide-prod/postgres-ameide`, RandomId `state`, StatefulSet `vault/vault`", "not protected"],
      ],
      ["Restarts", ["Cluster `ameide-prod/postgres-ameide`", "`ghcr.io/cloudnative-pg/postgresql:18.0`"]],
    );
  });

  it("another Cluster: the one that there is goes first of all, with its databases", async () => {
    const [title, first] = await said({ stack: "prod", after: changed("prod", "cluster", ["name"], "other") });
    assert.equal(title, "### Destroys");
    assert.match(first!, /^- Cluster `ameide-prod\/postgres-ameide`: deleted/);
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
