import * as assert from "node:assert/strict";
import { renderCheck, renderPlan, verdict } from "../../../cli/migrate/render";
import { golden } from "../../support/golden";
import { MARK, ourMarks, reportOf, SECRET, secret, type World } from "../../support/migration";

const complete = { ...secret, keys: ["dbname", "host", "jdbc-uri", "password", "pgpass", "port", "uri", "user", "username"] };
const nothing: World = {
  settings: { services: { agents: {} } },
  live: { writers: [], secrets: [complete], cluster: undefined },
};

describe("cli/migrate/render", () => {
  it("prints a plan: where everything stands, each step with its commands and settings, the Cluster, what is refused", async () => {
    const refusals = [{ path: "Cluster/x", message: "exists", remedy: "rename it" }];
    const page = renderPlan(await reportOf({ facts: { refusals, wanted: { instances: 3 } } }));
    assert.match(page, /^# Moving ameide-dev\/postgres-ameide to stack dev\n\n1 of 1 services of stack dev/);
    assert.match(page, /^\| agents \| next \| later \| later \| later \| later \| done \| later \|$/m);
    assert.match(
      page,
      /^## Before the first up\n\n- the stack's file says[\s\S]*\n {2}```yaml\n {2}config:\n {2} {2}cnpg-credentials:takeOver: legacy\/postgres-ameide-0f1e2d3c\n[\s\S]*?\n {2}```$/m,
    );
    assert.match(page, /^### 1\. Freeze: next\n\n.*\n\n- ExternalSecret\/agents-login fetches no more/m);
    assert.match(page, /^ {2}```sh\n {2}npm run kubectl -- patch -n ameide-dev externalsecrets\.external-secrets\.io agents-login /m);
    assert.match(page, /^\| `instances` \| 1 → 3 \| more are cloned/m);
    assert.match(page, /^- Cluster\/x: exists; rename it$/m);
    assert.match(page, /^## Notes\n\n- agents .*Pulumi\.dev\.yaml/m);
    golden("migrate", "a plan", page);
  });

  it("checks with a line for each service, what is in its way, and the verdict last", async () => {
    const lines = (
      await check({
        live: { writers: [] },
        facts: { attempts: [{ service: "agents", secret: SECRET, key: "password", outcome: "refused" }] },
      })
    ).split("\n");
    assert.match(lines[1]!, /^agents +blocked: adopt .*Secret agents-db-secret/);
    assert.match(lines.at(-1)!, /^1 of 1 services of stack dev/);
    golden("migrate", "a check of a service that is in the way", lines.join("\n"));
    assert.match((await check({})).split("\n")[1]!, /^agents +next: freeze$/);
  });

  it("says that nothing is left, and what is left for the whole", async () => {
    const moved: World = { ...nothing, marks: [ourMarks] };
    const text = await check(moved);
    assert.match(text, /^agents +nothing to move$[\s\S]*^Nothing is left .*: 1 services of stack dev$/m);
    golden("migrate", "a check with nothing left", text);
    const cluster = { spec: {}, mark: "other", gitOps: [] };
    const report = await reportOf({ ...moved, settings: { services: { agents: {} }, takeOver: MARK }, live: { ...moved.live, cluster } });
    assert.match(verdict(report), /^Something is left .*stack dev$/);
    assert.match(renderCheck(report), /^Left: `takeOver`/m);
    golden("migrate", "a check with something left for the whole", renderCheck(report));
  });

  const check = async (world: World) => renderCheck(await reportOf(world));
});
