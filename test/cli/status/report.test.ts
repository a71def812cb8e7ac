import * as assert from "node:assert/strict";
import { issueCertificate } from "../../../components/vault/issue";
import { statusReport } from "../../../cli/status/report";
import { renderText } from "../../../cli/status/render";
import { FACTS } from "../../support/statusFacts";

describe("cli/status/report", () => {
  it("has what fails first, and of each service its strategy, its login, its age and when it is due", () => {
    const { clean, summary, services } = statusReport(FACTS);
    assert.equal(clean, false);
    assert.deepEqual(summary, { services: 3, ok: 2, failing: 1, overdue: 1 });
    assert.deepEqual(
      services.map(({ service, ok, strategy, login, previous, ageDays, dueAt, overdue }) => [
        service,
        ok,
        strategy,
        login,
        previous,
        ageDays,
        dueAt,
        overdue,
      ]),
      [
        ["billing", false, "inPlace", "billing", undefined, 60.5, "2026-10-28", false],
        ["shop", true, "inPlace", "shop", undefined, 60.5, undefined, false],
        ["orders", true, "alternating", "orders_b", "orders_a", 60.5, "2026-01-31", true],
      ],
    );
  });

  it("keeps its shape", () => {
    const report = JSON.parse(JSON.stringify(statusReport(FACTS))) as Record<string, unknown> & { services: object[] };
    assert.deepEqual(Object.keys(report), [
      "schema",
      "stack",
      "checkedAt",
      "clean",
      "target",
      "state",
      "cluster",
      "authorities",
      "summary",
      "services",
    ]);
    assert.deepEqual(Object.keys(report.services[2]!), [
      "service",
      "ok",
      "database",
      "role",
      "namespace",
      "secret",
      "login",
      "previous",
      "strategy",
      "generation",
      "changedAt",
      "ageDays",
      "maxAgeDays",
      "dueAt",
      "overdue",
      "waiting",
      "connection",
    ]);
  });

  it("says it all at the first line, and where the state is", () => {
    const text = renderText(statusReport(FACTS));
    assert.match(text, /^Stack prod: 1 of 3 services are not well, 1 with a password that is older than it may be\n/);
    assert.match(text, /^Cluster: context c at https:\/\/api$/m);
    assert.match(text, /^State: file:\/\/\/state, its passphrase in \/passphrase$/m);
    assert.match(text, /^billing .* FAILED: password authentication failed$/m);
    assert.match(text, /^orders .* 60 d +2026-01-31, overdue +36 of 40 +32 ms +ok, TLSv1\.3$/m);
    assert.match(text, /^shop .* - +12 +31 ms +ok, TLSv1\.3$/m);
    assert.match(text, /^billing +Database: not applied$/m);
    assert.match(text, /^orders +orders_a$/m);
  });

  it("says how many connections a login has of how many, and when what has signed Vault's certificate ends soon", async () => {
    const { ca } = await issueCertificate({ seeds: { authority: "a", server: "b" }, names: ["vault"], since: FACTS.now });
    const later = (days: number) => statusReport({ ...FACTS, vaultCa: ca, now: new Date(FACTS.now.getTime() + days * 86_400_000) });
    assert.deepEqual([later(0).vaultCertificate?.warning, statusReport(FACTS).vaultCertificate], [undefined, undefined]);
    assert.match(renderText(later(61)), /^Vault's certificate ends in 2\d days, on .*: `pulumi up` issues another/m);
    const { connection } = later(0).services.find(({ service }) => service === "orders")!;
    assert.deepEqual([connection?.connections, connection?.limit], [36, 40]);
  });

  it("is not well where there is no primary to log in to", () => {
    const { primary: _, ...observation } = FACTS.observation;
    const report = statusReport({ ...FACTS, observation, logins: [] });
    assert.deepEqual([report.summary.failing, report.services[0]!.connection, report.cluster.primary], [3, undefined, undefined]);
    assert.match(renderText(report), /no primary to log in to/);
  });
});
