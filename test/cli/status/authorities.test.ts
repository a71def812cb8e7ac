import * as assert from "node:assert/strict";
import { authorityStatus } from "../../../cli/status/authorities";
import { issueAuthority } from "../../../components/authority/issue";

const MADE = new Date("2030-01-01T12:00:00Z");

describe("cli/status/authorities", () => {
  it("says who signs and who is trusted, each with its end", async () => {
    const names = ["apps/pg Postgres authority 2", "apps/pg Postgres authority 1"];
    const [two, one] = await Promise.all(names.map((name) => issueAuthority(name, MADE)));
    assert.deepEqual(authorityStatus(two!.cert + one!.cert, MADE), [
      { name: names[0], signs: true, until: "2034-12-31" },
      { name: names[1], signs: false, until: "2034-12-31" },
    ]);
  });

  it("warns before the end of the one that signs", async () => {
    const { cert } = await issueAuthority("a", MADE);
    assert.equal(authorityStatus(cert, new Date("2034-10-01T00:00:00Z"))[0]!.warning, undefined);
    assert.match(authorityStatus(cert, new Date("2034-10-05T12:00:00Z"))[0]!.warning!, /^a ends in 8\d days, on 2034-12-31.*tls\.md/);
  });

  it("has nothing to say where there are no certificates", () => assert.deepEqual(authorityStatus("", MADE), []));
});
