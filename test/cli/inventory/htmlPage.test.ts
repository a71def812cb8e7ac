import * as assert from "node:assert/strict";
import { renderHtml } from "../../../cli/inventory/htmlPage";
import { HOSTILE, manySecrets } from "../../support/hostileReport";
import { inventoryFor } from "../../support/inventories";

/** The row of a Secret, from its table row's start to its end. */
const rowOf = (page: string, name: string) =>
  page.split("\n").find((line) => line.startsWith("<tr") && line.includes(`</span>${name}</summary>`))!;

describe("cli/inventory/htmlPage", () => {
  it("has, from the declared facts alone, every Secret with its owner, origin, limit, readers, copy and keys", async () => {
    const inventory = await inventoryFor("prod");
    const page = renderHtml(inventory);
    for (const { name } of inventory.secrets) assert.ok(rowOf(page, name), name);
    const row = rowOf(page, "platform-db-credentials");
    for (const part of [
      "service platform",
      'origin-generated">generated',
      "this program",
      "<code>password</code>",
      "npm run rotate -- platform --stack prod",
    ])
      assert.ok(row.includes(part), part);
    assert.match(page, /Compared<\/dt><dd>with nothing/);
    assert.ok(!page.includes(">State</th>") && !page.includes(">Due</th>"));
  });

  it("is the same for the same: no time is in it unless a cluster was asked", async () => {
    const inventory = await inventoryFor("dev");
    assert.equal(renderHtml(inventory), renderHtml(inventory));
  });

  it("has, with a cluster, each Secret's age against its limit and its due date, and differences in red with their remedy", async () => {
    const { inventory, report } = manySecrets(await inventoryFor("prod"), 60);
    const page = renderHtml(inventory, report);
    const [gone, young, old] = [0, 1, 14].map((index) => rowOf(page, inventory.secrets[index]!.name));
    assert.match(gone!, /^<tr class="bad".*is not there/);
    assert.match(young!, /<span class="nowrap">7 of 90 days<\/span><svg class="bar good".*2026-05-23/);
    assert.match(old!, /^<tr class="bad".*98 of 90 days.*class="bar bad".*too old/);
    assert.match(page, /<h2>Differences \(2\)<\/h2>.*<dt>fix<\/dt>/s);
  });

  it("says nothing to a browser in anybody else's name", async () => {
    const { inventory, report } = manySecrets(await inventoryFor("prod"), 60);
    const page = renderHtml(inventory, report);
    assert.ok(!page.includes(HOSTILE) && !page.includes("<img"));
    assert.equal(page.match(/<script/g)?.length, 1);
    assert.ok(page.includes("&lt;img src=x onerror=alert(1)&gt;"));
  });
});
