import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "../..");
const PAGE = fs.readFileSync(path.join(ROOT, "docs/threat-model.md"), "utf8");
const ACCEPTED = PAGE.slice(PAGE.indexOf("\n## Accepted\n"));

describe("docs/threat-model", () => {
  it("names tests that there are", () => {
    const shown = [...PAGE.matchAll(/^- Shown by: (.*)$/gm)].flatMap(([, line]) =>
      [...line!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    );
    assert.ok(shown.length > 40);
    const isThere = (name: string) =>
      name.includes("/")
        ? fs.existsSync(path.join(ROOT, name))
        : name.includes("-") || fs.existsSync(path.join(ROOT, `test/e2e/${name}.e2e.ts`));
    assert.deepEqual(
      shown.filter((name) => !isThere(name)),
      [],
    );
  });

  it("has for each kind of access what it gets, what it does not get, and what shows it", () => {
    const parts = PAGE.slice(PAGE.indexOf("\n## Who gets what\n"), PAGE.indexOf("\n## Accepted\n"))
      .split(/^(?=\*\*)/m)
      .slice(1);
    assert.ok(parts.length > 30);
    for (const part of parts) assert.match(part, /^- Gets: [^]*^- Does not get: [^]*^- Shown by: /m, part.slice(0, 80));
  });

  it("says that applications are owners at run time, what an injection gets by it, and that it is accepted", () => {
    assert.match(PAGE, /Works with a service's login while its application does[^]*?- Gets: that database as its owner/);
    assert.match(PAGE, /Applications are owners at run time/);
    assert.match(ACCEPTED, /every application owns its database/);
  });
});
