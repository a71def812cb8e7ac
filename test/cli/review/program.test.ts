import * as assert from "node:assert/strict";
import { SCREEN } from "../../../cli/review/lines";
import { renderMarkdown } from "../../../cli/review/render";
import { exitCode, review, type Review } from "../../../cli/review/report";
import type { LiveCredential } from "../../../rotation/plan";
import { golden } from "../../support/golden";
import { previewOf, stepsBetween } from "../../support/previews";
import { set, stackFile, type StackName } from "../../support/stackFiles";
import { finding, wholeProgram } from "../../support/wholeProgram";

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
    golden("review", title, lines.join("\n"));
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
        ["Cluster `ameide-dev/postgres-ameide`", "1 line more of pg_hba.conf"],
        ["role `backstage`, database `backstage`", "new"],
      ],
    );
  });

  it("a rotation in place, with what it restarts", async () => {
    const rotation = { before: { services: WORKLOAD }, after: { services: WORKLOAD, rotation: ROTATED }, live: IN_PLACE };
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
    const { text } = await between({ after: { rotation: { all: 1 } }, live: IN_PLACE });
    assert.match(text, /### Destroys\n- `agents`, (?:.*\n){1,2}.*`workflows`: the password in use ends:/);
  });

  it("a rotation by turns, which ends nothing", async () => {
    const services = ALTERNATING;
    const rotation = { before: { services }, after: { services, rotation: ROTATED }, live: BY_TURNS };
    says("a rotation by turns", await said(rotation), ["Passwords", ["`platform` (`platform_a` → `platform_b`)", "no login fails"]]);
    assert.equal(exitCode((await between(rotation)).found), 0);
  });

  it("the end of the credential before", async () => {
    const services = ALTERNATING;
    const rotation = { services: { platform: 0 } };
    const retired = { ...rotation, retired: { platform: "0.0.0" } };
    says(
      "the end of the credential before",
      await said({ before: { services, rotation }, after: { services, rotation: retired }, live: BY_TURNS }),
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
        ["Cluster `ameide-dev/postgres-ameide`", "1 line fewer of pg_hba.conf"],
        ["role `plausible`", "left in Postgres"],
        ["database `plausible`", "closed"],
      ],
    );
  });

  it("another store", async () => {
    const [first, second, ...rest] = await said({ after: changed("dev", "vault", ["mount"], "elsewhere") });
    assert.equal(first, "### Secrets and stores");
    assert.match(second!, /^- store `ameide-vault`: another engine: /);
    assert.match(rest.join("\n"), /^\n### Vault and Azure\n- .*Job `vault\/foundation-vault-bootstrap-/);
  });

  it("a bundle that is switched off", async () => {
    says("a bundle that is switched off", await said({ after: changed("dev", "bundles", ["minio"], undefined) }), [
      "Destroys",
      ["bundle `minio` (Secrets `minio-root-credentials`, `minio-service-users`)", "deleted"],
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
    says(
      "prod without its protection",
      lines.slice(0, 8),
      [
        "Destroys",
        ["Cluster `ameide-prod/postgres-ameide`", "3 → 1 instance"],
        ["Cluster `ameide-prod/postgres-ameide`, RandomId `state`, StatefulSet `vault/vault`", "not protected"],
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
