import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { blockLines, bulletLines, SCREEN } from "../../../cli/review/lines";

const words = fc.array(fc.stringMatching(/^[a-z`→…ü-]{1,150}$/), { minLength: 1, maxLength: 60 }).map((all) => all.join(" "));
const bullet = fc.record({ names: fc.array(fc.stringMatching(/^`[a-z-]{1,60}`$/), { maxLength: 40 }), text: words });
const block = fc.record({ title: fc.stringMatching(/^[A-Z][a-z ]{1,30}$/), bullets: fc.array(bullet, { minLength: 1, maxLength: 30 }) });
/** As many as there can be. */
const blocks = fc.array(block, { maxLength: 10 });

describe("review: lines", () => {
  it("are never wider than a screen, and never more than there is room for", () => {
    fc.assert(
      fc.property(blocks, (given) => {
        const { lines } = blockLines(given, SCREEN.height - 4);
        assert.ok(lines.length <= SCREEN.height - 4, String(lines.length));
        for (const line of lines) assert.ok(line.length <= SCREEN.width, line);
      }),
      { numRuns: 200 },
    );
  });

  it("say everything where there is room without end", () => {
    fc.assert(
      fc.property(blocks, (given) => {
        const { lines, isFolded } = blockLines(given);
        const text = lines.join(" ").replace(/ +/g, " ");
        assert.ok(!isFolded);
        for (const { bullets } of given) for (const name of bullets.flatMap(({ names }) => names)) assert.ok(text.includes(name), name);
      }),
      { numRuns: 100 },
    );
  });

  it("fold names, and say how many", () => {
    const names = Array.from({ length: 40 }, (_, index) => `\`service-${index}\``);
    const lines = bulletLines({ names, text: "a new password" }, 2);
    assert.equal(lines.length, 2);
    assert.match(lines.join("\n"), / and \d+ more: a new password$/);
    const [, more] = / and (\d+) more/.exec(lines.join("\n"))!;
    assert.equal(lines.join(" ").match(/`service-\d+`/g)!.length + Number(more), 40);
  });

  it("fold what comes last first, to one bullet each, then to how many there are", () => {
    const many = (title: string) => ({
      title,
      bullets: Array.from({ length: 4 }, (_, index) => ({ names: [], text: `${title} ${index}` })),
    });
    const shown = (room: number) => blockLines([many("First"), many("Second")], room).lines;
    assert.equal(shown(12).length, 12);
    assert.deepEqual(shown(10), [
      "",
      "### First",
      "- First 0",
      "- First 1",
      "- First 2",
      "- First 3",
      "",
      "### Second",
      "- Second 0",
      "- and 3 more",
    ]);
    assert.deepEqual(shown(9), ["", "### First", "- First 0", "- First 1", "- and 2 more", "", "### Second", "- Second 0", "- and 3 more"]);
    assert.deepEqual(shown(7), ["", "### First", "- First 0", "- and 3 more", "", "### Second", "- 4"]);
  });
});
