import * as assert from "node:assert/strict";
import { EngineEvents } from "../../../cli/stack/engineEvents";
import { unseenIn } from "../../support/hostile";

const URN = "urn:pulumi:dev::cnpg-credentials::";
const SECRET = `${URN}cnpg-credentials:index:ApplicationCredential$kubernetes:core/v1:Secret::platform`;
const ROOT = `${URN}pulumi:pulumi:Stack::cnpg-credentials-dev`;

const step = (kind: "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent", op: string, urn = SECRET) => ({
  [kind]: { metadata: { op, urn, type: "t", old: null, new: null } },
});
const diagnostic = (severity: string, message: string, more: object = {}) => ({
  diagnosticEvent: { prefix: `${severity}: `, message: `${message}\n`, color: "never", severity, ...more },
});

/** What is read of these, and the lines that are said of them. */
function told(events: readonly object[], before = 0): { of: EngineEvents; lines: string[] } {
  const of = new EngineEvents(before, () => 0);
  return { of, lines: events.flatMap((event) => of.read(JSON.stringify(event))) };
}

describe("cli/stack/engineEvents", () => {
  it("counts what has ended of what there is to do, each resource once", () => {
    const events = [
      step("resourcePreEvent", "same", ROOT),
      step("resourcePreEvent", "update"),
      step("resOutputsEvent", "update"),
      step("resOutputsEvent", "update"),
      step("resourcePreEvent", "create-replacement", `${SECRET}-role`),
      step("resOutputsEvent", "create-replacement", `${SECRET}-role`),
      step("resourcePreEvent", "replace", `${SECRET}-role`),
      step("resOutputsEvent", "replace", `${SECRET}-role`),
    ];
    assert.equal(told(events).of.progress, "2 of 3 resources, 2 changed");
    assert.equal(told(events, 118).of.progress, "2 of 118 resources, 2 changed");
    assert.equal(told([]).of.progress, "0 of 0 resources, 0 changed");
  });

  it("knows an engine that waits for ever: a deletion before a replacement has failed, and nothing goes on", () => {
    let now = 0;
    const of = new EngineEvents(0, () => now, 100);
    const read = (...events: readonly object[]) => events.forEach((event) => of.read(JSON.stringify(event)));
    const other = `${SECRET}-role`;
    const begun = (op: string, urn = SECRET) => ({ resourcePreEvent: { metadata: { op, urn, old: { custom: true }, new: null } } });
    // The stack, and each component, ends with the program.
    read(step("resourcePreEvent", "same", ROOT), step("resourcePreEvent", "update", `${URN}cnpg-credentials:index:Restarts::restarts`));
    now = 1_000;
    assert.deepEqual(of.stuck, []);
    read(begun("delete-replaced"), begun("update", other));
    read(step("resOpFailedEvent", "delete-replaced"));
    now = 2_000;
    assert.deepEqual(of.stuck, [], "something is under way");
    read(step("resOutputsEvent", "update", other));
    assert.deepEqual(of.stuck, [], "something has just ended");
    now = 2_100;
    assert.deepEqual(of.stuck, ["kubernetes:core/v1:Secret platform"]);
  });

  it("says what is done to which resource, and nothing of those that stay as they are", () => {
    const { lines } = told([
      step("resourcePreEvent", "same", ROOT),
      step("resourcePreEvent", "update"),
      step("resOutputsEvent", "update"),
      step("resourcePreEvent", "delete"),
      step("resOpFailedEvent", "delete"),
      step("resOutputsEvent", "same", ROOT),
    ]);
    assert.deepEqual(lines, [
      " ~  kubernetes:core/v1:Secret platform updating",
      " ~  kubernetes:core/v1:Secret platform updated (0.0s)",
      " -  kubernetes:core/v1:Secret platform deleting",
      " -  kubernetes:core/v1:Secret platform deleting failed (0.0s)",
    ]);
  });

  it("shows what others have said as text: no sequence of a terminal, no line in the program's name", () => {
    const hostile = "a table \u001b[8m of somebody's\r\u001b]0;title\u0007\u009b31m\u202e";
    const { of, lines } = told([
      diagnostic("error", hostile, { urn: SECRET }),
      diagnostic("info", hostile, { urn: SECRET, ephemeral: true }),
      diagnostic("warning", hostile),
      { policyEvent: { message: hostile, policyName: "p", enforcementLevel: "mandatory" } },
      { errorEvent: { error: hostile } },
    ]);
    assert.equal(lines.length, 5);
    assert.deepEqual(unseenIn([...lines, ...of.diagnostics, ...of.warnings].join("\n")), []);
  });

  it("has what is said of each resource together, and of the stack, with every line of it", () => {
    const { of } = told([
      diagnostic("error", "first\nsecond", { urn: SECRET }),
      diagnostic("warning", "plausible is off"),
      diagnostic("info", "waiting", { urn: SECRET, ephemeral: true }),
      diagnostic("info", "third", { urn: SECRET }),
    ]);
    assert.deepEqual(of.diagnostics, [
      "  kubernetes:core/v1:Secret (platform):",
      "    error: first",
      "    second",
      "    info: third",
      "  pulumi:pulumi:Stack:",
      "    warning: plausible is off",
    ]);
  });

  it("repeats what the program warns of, and not what providers do", () => {
    const { of } = told([
      diagnostic("warning", "plausible is off"),
      diagnostic("warning", "argocd needs a namespace", { urn: ROOT }),
      diagnostic("warning", 'container "proof" completed', { urn: SECRET }),
    ]);
    assert.deepEqual(of.warnings, ["plausible is off", "argocd needs a namespace"]);
  });

  it("says why a resource has failed, and not that the program did not get it", () => {
    const consequence =
      "Error: resource platform-proof [kubernetes:batch/v1:Job] failed to register\n    at /clone/resource.ts:795:40\n    at async x";
    const { of, lines } = told([
      diagnostic("error", "the proof of platform failed", { urn: SECRET }),
      diagnostic("error", consequence, { urn: ROOT }),
      diagnostic("error", `${consequence}\nError: something else\n    at /clone/index.ts:1:2`, { urn: ROOT }),
    ]);
    assert.deepEqual(of.diagnostics, [
      "  kubernetes:core/v1:Secret (platform):",
      "    error: the proof of platform failed",
      "  pulumi:pulumi:Stack (cnpg-credentials-dev):",
      "    Error: something else",
      "        at /clone/index.ts:1:2",
    ]);
    assert.equal(lines.length, 3);
  });

  it("has the rules that are broken among what is said", () => {
    const event = (enforcementLevel: string) => ({
      policyEvent: { resourceUrn: SECRET, message: "declare it", policyName: "declared-secrets", enforcementLevel },
    });
    assert.deepEqual(told([event("mandatory"), event("advisory")]).of.diagnostics.slice(1), [
      "    error: declared-secrets: declare it",
      "    warning: declared-secrets: declare it",
    ]);
  });

  const sums: [changes: Record<string, number>, summary: string, isChanged: boolean][] = [
    [{ create: 14, replace: 1, same: 62 }, "+ 14 created, +- 1 replaced, 62 unchanged", true],
    [{ same: 118 }, "118 unchanged", false],
    [{ update: 0, same: 1, read: 2, errored: 1 }, "1 unchanged", false],
  ];
  for (const [resourceChanges, summary, isChanged] of sums)
    it(`sums up: ${summary}`, () => {
      const { of } = told([{ summaryEvent: { resourceChanges } }]);
      assert.deepEqual([of.summary, of.isChanged], [summary, isChanged]);
    });

  it("keeps nothing of the notes that the SDK makes for its developers, in which secrets are in clear, nor of a line that is cut short", () => {
    const { of, lines } = told([
      diagnostic("debug", "RegisterResource RPC finished: value,hunter2", { urn: SECRET }),
      { resourcePreEvent: { metadata: { op: "update", urn: SECRET, new: { inputs: { data: "hunter2" } } } } },
      { summaryEvent: {} },
      { unheardOf: "hunter2" },
    ]);
    assert.deepEqual([...of.read('{"diagnosticEvent":{"message":"hunter2'), ...of.diagnostics, of.summary], [""]);
    assert.doesNotMatch(lines.join(), /hunter2/);
  });
});
