import * as assert from "node:assert/strict";
import { broken, figure, figureTable } from "./bench/figures";
import { recorded, type InState } from "./bench/recorded";

describe("bench", () => {
  it("says which figures are more than they are to be; one that was not measured is", () => {
    const figures = [
      figure("load", "CPU", "ratio", [1.2, 1.1, 1.4], 1.3),
      figure("load", "memory", "MB", [151e6], 150),
      figure("preview", "resources", "count", [Number.NaN], 6),
      figure("preview", "time", "s", [100]),
    ];
    assert.deepEqual(
      broken(figures).map(({ what }) => what),
      ["memory", "resources"],
    );
    const [heading, ...lines] = figureTable(figures)
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/).slice(-2).join(" "));
    assert.equal(heading, "RUNS TARGET");
    assert.deepEqual(lines, ["<= 1.3 met", "<= 150 BROKEN", "<= 6 BROKEN", "s 1"]);
  });

  it("has of a state what a program would have to register", () => {
    const urn = (type: string, name: string) => `urn:pulumi:dev::p::${type}::${name}`;
    const [provider, owner] = [urn("pulumi:providers:kubernetes", "kubernetes"), urn("random:index/randomId:RandomId", "state")];
    const component = urn("p:index:RoleLogin", "app");
    const state: InState[] = [
      { urn: urn("pulumi:pulumi:Stack", "p-dev"), type: "pulumi:pulumi:Stack" },
      { urn: urn("pulumi:providers:random", "default_4_21_1"), type: "pulumi:providers:random", custom: true },
      { urn: provider, type: "pulumi:providers:kubernetes", custom: true, inputs: { context: "lab", version: "4.30.0" } },
      { urn: owner, type: "random:index/randomId:RandomId", custom: true, inputs: { __defaults: [], byteLength: 8 }, protect: true },
      { urn: component, type: "p:index:RoleLogin", parent: urn("pulumi:pulumi:Stack", "p-dev") },
      {
        urn: urn("kubernetes:core/v1:Secret", "app-role"),
        type: "kubernetes:core/v1:Secret",
        custom: true,
        parent: component,
        provider: `${provider}::0123`,
        inputs: { metadata: {} },
        propertyDependencies: { metadata: [owner], type: null },
        dependencies: [owner, provider],
      },
    ];
    const none = { madeOf: {}, dependsOn: [] };
    assert.deepEqual(recorded(state), [
      { ...none, urn: provider, type: "pulumi:providers:kubernetes", name: "kubernetes", custom: true, inputs: { context: "lab" } },
      {
        ...none,
        urn: owner,
        type: "random:index/randomId:RandomId",
        name: "state",
        custom: true,
        inputs: { byteLength: 8 },
        protect: true,
      },
      { ...none, urn: component, type: "p:index:RoleLogin", name: "app", custom: false, inputs: {} },
      {
        urn: urn("kubernetes:core/v1:Secret", "app-role"),
        type: "kubernetes:core/v1:Secret",
        name: "app-role",
        custom: true,
        parent: component,
        provider,
        inputs: { metadata: {} },
        madeOf: { metadata: [owner], type: [] },
        dependsOn: [provider],
      },
    ]);
  });
});
