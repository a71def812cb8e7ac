import * as assert from "node:assert/strict";
import { withFound } from "../../../cli/migrate/services";
import type { FoundObject, LiveFacts } from "../../../cli/migrate/types";
import type { Choices } from "../../../config/choices";
import { withProfiles } from "../../../catalog/profiles";
import { stackConfig } from "../../support/fixtures";
import { BILLING, SHOP } from "../../support/profiles";

describe("cli/migrate/services", () => {
  const stack = { ...stackConfig({ services: {} }), name: "dev" } as Choices;
  const found = (...objects: readonly Pick<FoundObject, "kind" | "of">[]) => {
    const live = { secrets: [], objects } as unknown as LiveFacts;
    return Object.keys(withFound(stack, live, withProfiles([SHOP, BILLING])).services);
  };

  it("turns on a service of which the cluster has a role or a database, and a profile by its role alone", () => {
    assert.deepEqual(found(), []);
    assert.deepEqual(found({ kind: "Database", of: "shop" }), ["shop"]);
    assert.deepEqual(found({ kind: "DatabaseRole", of: "reports" }), ["shop-monthly-report"]);
  });
});
