import assert from "node:assert/strict";
import { MARK, report, world } from "./fixture";
import { objectCases } from "./objectCases";
import { postgresCases } from "./postgresCases";

describe("cli/drift/evaluate", () => {
  for (const objects of [false, true]) {
    it(`finds nothing where all is as it was written${objects ? ", roles being objects" : ""}`, () => {
      const { clean, findings, notes, notChecked } = report(world({ objects }));
      assert.deepEqual({ clean, findings, notes, notChecked }, { clean: true, findings: [], notes: [], notChecked: [] });
    });
  }

  for (const { title, objects, breaks, finds } of [...objectCases, ...postgresCases]) {
    it(`finds ${title}`, () => {
      const broken = world({ objects: objects ?? false });
      breaks(broken.facts, broken);
      const found = report(broken);
      assert.deepEqual(
        found.findings,
        finds.map(([service, check, suspect, truth, mend]) => ({ service, check, suspect, truth, mend })),
      );
      assert.equal(found.clean, false);
      assert.ok(!JSON.stringify(found).includes(MARK));
    });
  }
});
