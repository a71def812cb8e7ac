import * as assert from "node:assert/strict";
import { readAttempt, Watch, type Attempt } from "../../../cli/try/seen";
import { plain } from "../../../cli/shared/colour";

const line = (at: number, service: string, user: string, refusal = "") => `${at}\t${service}\t${user}\t12\t${refusal}`;
const attempt = (...of: Parameters<typeof line>): Attempt => readAttempt(line(...of))!;
const REFUSAL =
  'psql: error: connection to server at "postgres-rw" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for user "orders"';

describe("cli/try, what the client sees", () => {
  it("reads a login, and one that is refused", () => {
    assert.deepEqual(attempt(1000, "shop", "shop_a"), { at: 1000, service: "shop", user: "shop_a", milliseconds: 12 });
    assert.equal(attempt(1000, "orders", "orders", REFUSAL).refusal, REFUSAL);
  });

  it("takes nothing else for one", () => {
    for (const text of ["", "sh: 1: psql: not found", "a\tb\tc\td", "1000\tshop", "1000\tshop\tshop_a\tsoon\t"])
      assert.equal(readAttempt(text), undefined, text);
  });

  it("tells a round once every service was tried, with Postgres's reason alone", () => {
    const watch = new Watch(["shop", "orders"]);
    assert.equal(watch.see(attempt(1000, "shop", "shop_a")), undefined);
    const said = plain(watch.see(attempt(1000, "orders", "orders", REFUSAL))!);
    assert.match(
      said,
      /^\d\d:\d\d:\d\d {2}shop ok as shop_a, 12 ms {3}orders REFUSED as orders: password authentication failed for user "orders"$/,
    );
  });

  it("sums up who logged in as whom, and when somebody was refused", () => {
    const watch = new Watch(["shop", "orders"]);
    for (const at of [1000, 1001, 1002]) {
      watch.see(attempt(at, "shop", at < 1002 ? "shop_a" : "shop_b"));
      watch.see(attempt(at, "orders", "orders", at === 1001 ? REFUSAL : ""));
    }
    const [shop, orders] = watch.summary().map(plain);
    assert.equal(shop, "shop    3 logins, none refused; as shop_a, then shop_b");
    assert.match(orders!, /^orders {2}3 logins, 1 refused, from (\S+) to \1: password authentication failed for user "orders"; as orders$/);
    assert.equal(watch.failed, 1);
  });

  it("says so where nothing was seen", () =>
    assert.equal(plain(new Watch(["shop"]).summary()[0]!), "shop  0 logins, none refused; as nobody"));
});
