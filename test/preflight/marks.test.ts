import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import * as marks from "../../kube/marks";
import { marksOf } from "../../preflight/marks";

const said: [field: string, kind: "annotations" | "labels", key: string][] = [
  ["owner", "annotations", marks.OWNER_ANNOTATION],
  ["login", "annotations", marks.LOGIN_ANNOTATION],
  ["previous", "annotations", marks.PREVIOUS_ANNOTATION],
  ["generation", "annotations", marks.GENERATION_ANNOTATION],
  ["first", "annotations", marks.FIRST_ANNOTATION],
  ["stack", "labels", marks.STACK_LABEL],
  ["service", "labels", marks.SERVICE_LABEL],
];

describe("preflight/marks", () => {
  for (const [field, kind, key] of said)
    it(`reads ${field} off its ${kind === "labels" ? "label" : "annotation"}, and off nothing else`, () => {
      assert.deepEqual(marksOf({ name: "n", [kind]: { [key]: "value", other: "x" } }), { name: "n", [field]: "value" });
      const other = kind === "labels" ? "annotations" : "labels";
      assert.deepEqual(marksOf({ name: "n", [other]: { [key]: "value" } }), { name: "n" });
    });

  it("reads all of them, whichever there are", () =>
    fc.assert(
      fc.property(fc.subarray(said), (there) => {
        const of = (kind: string) =>
          Object.fromEntries(there.flatMap(([field, where, key]) => (where === kind ? [[key, `its ${field}`]] : [])));
        const expected = Object.fromEntries(there.map(([field]) => [field, `its ${field}`]));
        assert.deepEqual(marksOf({ name: "n", annotations: of("annotations"), labels: of("labels") }), { name: "n", ...expected });
      }),
      { numRuns: 50 },
    ));

  it("knows what is protected, and takes no other word for it", () => {
    const read = (value: string) => marksOf({ name: "n", annotations: { [marks.PROTECTION_ANNOTATION]: value } });
    assert.deepEqual([read("protected"), read("none")], [{ name: "n", isProtected: true }, { name: "n" }]);
  });

  it("knows what External Secrets writes, and the ExternalSecret that controls it", () => {
    const managed = "reconcile.external-secrets.io/managed";
    const owner = { kind: "ExternalSecret", name: "e", controller: true };
    const read = (labels: Record<string, string>, ...ownerReferences: (Partial<typeof owner> & { kind: string; name: string })[]) => {
      const { fetched, fetchedFor } = marksOf({ name: "n", labels, ownerReferences });
      return [fetched, fetchedFor];
    };
    assert.deepEqual(read({ [managed]: "true" }, owner), [true, "e"]);
    assert.deepEqual(read({ [managed]: "false" }, { ...owner, controller: false }), [undefined, undefined]);
    assert.deepEqual(read({}, { kind: "Deployment", name: "d", controller: true }, owner), [undefined, "e"]);
  });
});
