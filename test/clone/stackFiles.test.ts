import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { readStackFile } from "../../cli/ceremony/stackFile";
import { editorSchema } from "../../config/editorSchema";
import { loadStackFile } from "../../config/file";
import { validateStack } from "../../config/validate";
import { inventoryFor } from "../support/inventories";
import { compareOwned } from "../support/ownedCompared";
import { violationsOf } from "../support/policy";
import { compareAwaited, compareSecrets } from "../support/secretsCompared";
import { asEngineValues, stackFile, stackFilePath, stackNames, STACK_FILES } from "../support/stackFiles";
import { wholeProgram } from "../support/wholeProgram";

// Whatever stacks this clone has, of whatever services: what is said here holds for any.
describe("the stack files of this clone", () => {
  const { up } = wholeProgram();

  it("are there", () => assert.ok(stackNames().length > 0));

  for (const stack of stackNames())
    describe(stack, () => {
      const made = (preview = false) => up(stack, stackFile(stack), preview);

      it("is accepted: by the engine's program, by what reads the file, by the ceremonies", async () => {
        const result = validateStack(asEngineValues(stackFile(stack)), stack);
        assert.ok("config" in result, JSON.stringify(result));
        const loaded = await loadStackFile(stackFilePath(stack), stack);
        assert.ok("stack" in loaded, JSON.stringify(loaded));
        assert.deepEqual(loaded.stack.services, result.config.services);
        const { problems } = await readStackFile(stack, STACK_FILES);
        assert.deepEqual(problems, []);
      });

      it("is accepted by editors", () => {
        const judge = z.fromJSONSchema(editorSchema());
        assert.deepEqual(judge.safeParse(parse(fs.readFileSync(stackFilePath(stack), "utf8"))).error?.issues ?? [], []);
      });

      for (const preview of [true, false])
        it(`breaks no rule of the policy pack${preview ? ", when nothing of it is there yet" : ""}`, async () => {
          assert.deepEqual(violationsOf((await made(preview)).resources, stack), []);
        });

      it("has an inventory with every Secret that the program makes, has made, copies or refers to, and no other", async () => {
        compareSecrets(await made(), await inventoryFor(stack));
      });

      it("has an inventory with what smoke waits for, as smoke knows it", async () => {
        compareAwaited(await made(), await inventoryFor(stack));
      });

      it("has an inventory with every role, database and server, and no other", async () => {
        compareOwned(await made(), await inventoryFor(stack));
      });
    });
});
