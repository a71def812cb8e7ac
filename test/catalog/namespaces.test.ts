import * as assert from "node:assert/strict";
import type { ServiceRecord } from "../../catalog/record";
import { soundServices } from "../../catalog/recordSchema";
import { selectServices } from "../../catalog/service";
import { validateStack } from "../../config/validate";
import { service, stackConfig } from "../support/fixtures";
import { problemsOf } from "../support/problems";
import { asEngineValues, stackFile } from "../support/stackFiles";

describe("catalog: the namespaces of applications", () => {
  const namespacesOf = (settings: object = {}, record: Partial<ServiceRecord> = {}) => {
    const selected = selectServices([{ name: "shop", description: "Shop", ...record }], stackConfig({ services: { shop: settings } }));
    assert.ok("services" in selected, JSON.stringify(selected));
    return selected.services[0]!.namespaces;
  };

  it("are none unless record or stack name some, and the stack's word comes first", () => {
    assert.equal("namespaces" in service("agents"), false);
    assert.deepEqual(namespacesOf({}, { namespaces: ["web"] }), ["web"]);
    assert.deepEqual(namespacesOf({ namespaces: ["jobs", "web"] }, { namespaces: ["web"] }), ["jobs", "web"]);
    assert.equal(namespacesOf({ namespaces: [] }, { namespaces: ["web"] }), undefined);
  });

  it("are those beside the stack's own, which may be named and changes nothing", () => {
    assert.deepEqual(namespacesOf({ namespaces: ["apps", "web"] }), ["web"]);
    assert.equal(namespacesOf({ namespaces: ["apps"] }), undefined);
  });

  it("are named once, as Kubernetes names them", () => {
    const refused = (namespaces: string[]) => {
      const { config } = { config: { ...stackFile("dev"), services: { agents: { namespaces } } } };
      return problemsOf(validateStack(asEngineValues(config), "dev")).filter((line) => line.startsWith("services.agents.namespaces"));
    };
    assert.match(refused(["web", "web"]).join("\n"), /^services\.agents\.namespaces: has one of them twice/);
    assert.equal(refused(["Web"]).length, 1);
    const { problems } = soundServices([{ name: "shop", description: "Shop", namespaces: ["Web"] }]);
    assert.match(problems.map(({ path }) => path).join(), /^catalog\.shop\.namespaces/);
  });
});
