import * as assert from "node:assert/strict";
import { renderHtml as renderDrift } from "../../../cli/drift/htmlPage";
import type { DriftReport } from "../../../cli/drift/types";
import { renderHtml } from "../../../cli/status/htmlPage";
import { statusReport } from "../../../cli/status/report";
import { HOSTILE } from "../../support/hostileReport";
import { FACTS } from "../../support/statusFacts";

describe("status -o html", () => {
  it("has each service's login, generation, age against its limit, due date and connections, and the failing one in red", () => {
    const page = renderHtml(statusReport(FACTS));
    const rows = page.split("\n").filter((line) => line.startsWith("<tr class="));
    assert.deepEqual(
      rows.map((row) => /^<tr class="(\w+)".*?<th scope="row">(\w+)</.exec(row)!.slice(1)),
      [
        ["bad", "billing"],
        ["good", "shop"],
        ["warn", "orders"],
      ],
    );
    assert.match(rows[0]!, /FAILED: password authentication failed.*60 of 300 days/);
    assert.match(rows[2]!, /<code>orders_b<\/code>.*<code>orders_a<\/code>.*60 of 30 days.*bar bad.*2026-01-31.*36 of 40/);
    assert.match(page, /Not applied yet<\/h2><ul class="points"><li><strong>billing<\/strong>: Database: not applied/);
  });

  it("says nothing in the name of an operator's message", () => {
    const observation = { ...FACTS.observation, phase: HOSTILE, services: [{ service: "shop", waiting: [HOSTILE] }] };
    const page = renderHtml(statusReport({ ...FACTS, observation }));
    assert.equal(page.match(/<(script|img)/g)?.length, 1);
  });
});

describe("drift -o html", () => {
  const report: DriftReport = {
    schema: 1,
    stack: "prod",
    cluster: "apps/postgres",
    checkedAt: "2026-03-02T12:00:00Z",
    clean: false,
    services: [
      {
        service: "shop",
        database: "shop",
        role: "shop",
        login: "shop",
        secret: "shop-db-auth",
        outcome: "failed",
        milliseconds: 12,
        findings: 1,
      },
      {
        service: "orders",
        database: "orders",
        role: "orders",
        login: "orders",
        secret: "orders-db-auth",
        outcome: "ok",
        milliseconds: 9,
        findings: 0,
      },
    ],
    findings: [{ service: "shop", check: "login", suspect: HOSTILE, truth: "the state", mend: "npm run up" }],
    notes: [{ service: null, check: "state", text: "a note", command: "npm run recover" }],
    notChecked: [{ what: "copies", reason: "no Vault", asked: true }],
  };

  it("has findings with what is suspect, what is true and the command, services, notes, and what was not checked", () => {
    const page = renderDrift(report);
    assert.match(page, /<h3>shop \(login\)<\/h3>[\s\S]*<dt>truth<\/dt><dd>the state<\/dd>[\s\S]*<dt>fix<\/dt><dd><code>npm run up<\/code>/);
    for (const part of ["copies: no Vault", "<code>npm run recover</code>", '<tr class="bad"', '<tr class="good"'])
      assert.ok(page.includes(part), part);
    assert.equal(page.match(/<(script|img)/g)?.length, 1);
  });
});
