import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { changesOf } from "../../../cli/rotate/command";
import { asConfig } from "../../../config/settings";

const file = (services: object) => ({
  stack: "test",
  text: stringify({ config: asConfig({ services: { api: {}, shop: { rotation: { strategy: "alternating" } } }, rotation: { services } }) }),
});

describe("what a rotation asks about", () => {
  it("is what the file says of each service whose logins change, before and after", () =>
    assert.deepEqual(changesOf(file({}), file({ api: { generation: 1 }, shop: { active: "b", a: 0, b: 1 } }), ["api", "shop", "mail"]), [
      { service: "api", before: "inPlace, { generation: 0 }", after: "inPlace, { generation: 1 }" },
      { service: "shop", before: "alternating, { active: a, a: 0 }", after: "alternating, { active: b, a: 0, b: 1 }" },
    ]));

  it("is nothing where nothing changes", () => assert.deepEqual(changesOf(file({}), file({}), ["api"]), []));
});
