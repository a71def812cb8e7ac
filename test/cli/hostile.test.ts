import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { renderText as renderAudit } from "../../cli/audit/render";
import { renderJson, renderText } from "../../cli/drift/render";
import { listDifferences, renderFindings } from "../../cli/inventory/findings";
import type { InventoryReport } from "../../cli/inventory/types";
import { gitOpsOf } from "../../cli/migrate/gitOps";
import { migrationReport } from "../../cli/migrate/plan";
import { renderCheck, renderPlan } from "../../cli/migrate/render";
import { Commands } from "../../cli/shared/shellCommands";
import { code } from "../../cli/shared/tables";
import { listMissing } from "../../components/gate/judge";
import { parseHostBased } from "../../config/hostBased";
import { HOSTILE, shellWords, unseenIn } from "../support/hostile";
import { accepted, factsOf, legacyCluster, role, secret, writer } from "../support/migration";
import { tokens } from "../support/sqlTokens";
import { live, report, world } from "./drift/fixture";

/** Commands that a report may have, and nothing else. */
const PROGRAMS = /^(?:npm|vault|kubectl|argocd|flux|read|printf)$/;

it("a primary that is none of the Cluster's instances is gone to by no command", () => {
  const about = { stack: "dev", namespace: "apps", cluster: "pg" };
  const pod = (primary: string) => / exec -n apps (\S+) /.exec(new Commands({ ...about, primary }).sql("select 1"))![1];
  assert.deepEqual([pod("pg-2"), pod("evil-1"), pod("pg-2-tools"), pod("pg-02")], ["pg-2", "pg-1", "pg-1", "pg-1"]);
});

describe("what others have written, in every fact of a report", () => {
  let directory: string;
  before(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), "hostile-"))));
  after(() => fs.rmSync(directory, { recursive: true }));

  /** A shell reads them, psql reads their statements, and nothing of anybody's is run. */
  function harmless(lines: readonly string[]): void {
    const words = shellWords(
      lines.filter((line) => !line.startsWith("read ")),
      directory,
    );
    assert.deepEqual(fs.readdirSync(directory), []);
    assert.equal(words.length, lines.filter((line) => !line.startsWith("read ")).length);
    for (const line of words) {
      assert.match(line[0]!, PROGRAMS);
      for (const [index, word] of line.entries()) {
        if (line[index - 1] === "-c" && line.includes("psql") && word !== "postgres")
          for (const standard of [true, false]) assert.ok(!tokens(word, standard).includes(";"), word);
        if (line[index - 1] === "-d" && line.includes("psql")) assert.match(word, /^dbname='(?:[^'\\]|\\['\\])*'$/);
      }
    }
  }

  it("drift: one word, one name, one line", () => {
    for (const text of HOSTILE) {
      const { state, facts } = world();
      const { catalogue, cluster } = facts;
      catalogue!.roles.push(
        live(text, { usedIn: ["agents", text], memberOf: ["agents", text], validUntil: text }),
        live(`x${text}`, { usedIn: ["agents"] }),
      );
      catalogue!.databases.push({ name: text, owner: text });
      catalogue!.databases[1]!.owner = text;
      catalogue!.settings = [{ role: text, database: text, names: [text] }];
      facts.roleObjects.set(text, { metadata: { name: text }, spec: { name: text, inRoles: ["platform"] } });
      facts.databases.set(text, { metadata: { name: text }, spec: { name: "agents" } });
      facts.replications = [{ kind: "subscriptions", object: { metadata: { name: text }, spec: { dbname: "agents" } } }];
      Object.assign(cluster!.status, { currentPrimary: text, phase: text });
      cluster!.status.managedRolesStatus!.cannotReconcile = { agents: [text] };
      facts.secrets.get("agents-db-secret")!.data[text] = "eA==";
      facts.logins[0] = { service: "agents", milliseconds: 1, error: { code: "28P01", message: text } };
      facts.externalSecrets = [{ name: text, target: "agents-db-secret", stores: [] }];
      facts.vaultLogins = [{ path: text, kind: "staticRole", username: "agents", host: text }];
      facts.disputed = { services: ["agents", "platform"], about: [text] };
      const found = report({ state, facts });
      const [shown, json] = [renderText(found), renderJson(found)];
      assert.deepEqual([unseenIn(shown), unseenIn(json)], [[], []], text);
      for (const line of shown.split("\n").slice(4, -1))
        assert.match(line, /^(?:\d+\. | {3}(?:suspect:|truth: {2}|first: {2}|fix: {4}) |Note: | {6}|NOT CHECKED: )/, text);
      harmless([
        ...found.findings.flatMap(({ mend, look }) => [mend, ...(look === undefined ? [] : [look])]),
        ...found.notes.flatMap(({ command }) => command ?? []),
      ]);
    }
  });

  it("migrate: the same, and one token of pg_hba.conf, and no command about a path that nobody answers for", async () => {
    for (const text of HOSTILE) {
      const gitOps = gitOpsOf(
        {
          name: "x",
          annotations: { "argocd.argoproj.io/tracking-id": text, "meta.helm.sh/release-name": text },
          labels: { "kustomize.toolkit.fluxcd.io/name": text, "kustomize.toolkit.fluxcd.io/namespace": text },
        },
        ["secret", "x"],
        "apps",
      );
      const facts = await factsOf({
        live: {
          cluster: { ...legacyCluster, gitOps, spec: { managed: { roles: [role("agents", secret.name), role(text)] } } },
          writers: [{ ...writer, gitOps, sources: [text, `database/static-creds/${text}`] }],
          secrets: [{ ...secret, keys: [...secret.keys, text], vaultPaths: [text, `secret/${text}`] }],
          injections: [{ where: text, path: text }],
        },
        facts: {
          attempts: [{ ...accepted, outcome: "failed", why: text }],
          postgres: { roles: [{ name: text, login: true, usedIn: [text] }], databases: [] },
        },
      });
      const made = migrationReport(facts);
      for (const page of [renderPlan(made), renderCheck(made)]) assert.deepEqual(unseenIn(page), [], text);
      const items = [
        ...made.whole.before,
        ...made.whole.after,
        ...made.services.flatMap(({ steps }) => steps.flatMap((step) => step.items)),
      ];
      const commands = items.flatMap((item) => item.commands ?? []);
      assert.deepEqual(
        commands.filter((line) => line.startsWith("vault ")),
        [],
        text,
      );
      harmless(commands);
      for (const line of items.flatMap(({ yaml = "" }) => [...yaml.matchAll(/- (hostssl .*)$/gm)].map(([, one]) => one!)))
        assert.ok(!("problems" in parseHostBased(line)) || line.includes("DATABASE"), line);
    }
  });

  it("smoke, inventory, audit, review: each on its line", () => {
    for (const text of HOSTILE) {
      const missing = listMissing([{ owner: text, kind: "service", what: text, said: text, remedy: text }]);
      assert.deepEqual([missing.split("\n").length, unseenIn(missing)], [3, []]);
      const difference = { about: text, source: "cluster" as const, what: text, remedy: text };
      const listed = listDifferences([difference]);
      assert.deepEqual([listed.split("\n").length, unseenIn(listed)], [2, []]);
      const others = [{ source: "cluster" as const, kind: "Secret" as const, name: text, keys: [text], controller: text }];
      const page = renderFindings({
        stack: "dev",
        secrets: [],
        differences: [difference],
        others,
        notes: [text],
      } as unknown as InventoryReport);
      assert.deepEqual(unseenIn(page), [], text);
      const audit = auditOf(text);
      assert.deepEqual([audit.split("\n").length, unseenIn(audit)], [auditOf("plain").split("\n").length, []], text);
      assert.match(code(text), /^`[^`\n]*`$/);
    }
  });
});

/** The audit's text of a finding and a part that was not parsed, with what files have said. */
function auditOf(text: string): string {
  const finding = { file: text, line: 1, rule: "sealed-secret", level: "error", field: text, why: text, remedy: "remove it", also: [] };
  const report = {
    findings: [finding],
    levels: { error: 1, warning: 0, note: 0 },
    rules: [{ rule: "sealed-secret", level: "error", findings: 1, files: 1 }],
    accepted: 0,
    unused: 0,
    unparsable: [{ file: text, line: 1, reason: text }],
    files: 1,
  };
  return renderAudit(report as never, { limit: 0, least: "note", colour: false });
}
