import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as marks from "../../kube/marks";
import { productFiles } from "../support/floorPlan";
import { textsIn } from "../support/texts";

const ROOT = path.join(__dirname, "../..");

describe("kube/marks", () => {
  it("is the only place in the program that spells our labels and annotations", () => {
    const spelling = productFiles(ROOT).filter((file) =>
      textsIn(fs.readFileSync(path.join(ROOT, file), "utf8")).some((text) => text.includes("cnpg-credentials/")),
    );
    assert.deepEqual(spelling, ["kube/marks.ts"]);
  });

  it("gives each of them a name of its own", () => {
    const names = Object.values(marks);
    assert.equal(new Set(names).size, names.length);
  });
});
