import { select, type Selected } from "../../catalog/select";
import type { Choices } from "../../config/choices";
import { loadStackFile } from "../../config/file";
import { FixableError } from "../../config/fixableError";
import { describeProblems } from "../../config/problem";
import { stackFile } from "../stack/stackFile";

/**
 * A stack as its file has it, with what of the catalogue is on, for commands that need no state.
 *
 * @param what what is being made of it, for the heading of the problems
 * @throws FixableError naming every problem
 */
export async function loadChosen(name: string, what: string): Promise<{ stack: Choices; selected: Selected }> {
  const loaded = await loadStackFile(stackFile(name), name);
  const selected = "stack" in loaded ? await select(loaded.stack) : loaded;
  if ("problems" in loaded || "problems" in selected)
    throw new FixableError(
      describeProblems(what, "problems" in loaded ? loaded.problems : "problems" in selected ? selected.problems : []),
    );
  return { stack: loaded.stack, selected };
}
