import * as assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { confirm } from "../../../cli/shared/confirm";

describe("cli/shared/confirm", () => {
  /** What is made of what is typed, or of the end of it. */
  async function answer(typed: string | undefined): Promise<[agreed: boolean, asked: string]> {
    const [input, output] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    const agreed = confirm("Update?", input, output);
    input.end(typed);
    const result = await agreed;
    output.end();
    return [result, await text(output)];
  }
  for (const [typed, expected] of [
    ["y\n", true],
    [" YES \n", true],
    ["\n", false],
    ["n\n", false],
    ["yet\n", false],
    ["yes please\n", false],
    [undefined, false],
  ] as const)
    it(`and takes ${JSON.stringify(typed ?? "the end of input")} for ${expected ? "yes" : "no"}`, async () =>
      assert.deepEqual(await answer(typed), [expected, "Update? [y/N] "]));

  it("and takes Ctrl-C for no", async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const agreed = confirm("Update?", input, output);
    input.write("\u0003");
    assert.equal(await agreed, false);
  });

  it("nobody who is not there", () =>
    assert.rejects(confirm("Update?", new PassThrough(), new PassThrough()), {
      name: "FixableError",
      message: /nobody to ask\n.*--yes/,
    }));
});
