import { artifactPath, ensureArtifact, exists, type Recipe } from "../artifact";
import type { Update } from "../progress";
import { goRecipe, requireGo, type GoPart } from "./go";

/** Two at once: while one program is linked or its modules are loaded, which takes one processor, another is compiled. */
const AT_ONCE = 2;

/**
 * The directories of the given parts' programs, in the given order, which are built where the cache lacks them. Parts
 * that take longest belong first.
 * @throws {LabError} When there is no Go, or a build fails; parts that are being built are finished first.
 */
export async function buildParts(parts: readonly GoPart[], update: Update): Promise<readonly string[]> {
  const recipes = await Promise.all(parts.map(goRecipe));
  const waiting: Recipe[] = [];
  for (const recipe of recipes) if (!(await exists(artifactPath(recipe)))) waiting.push(recipe);
  if (waiting.length === 0) return recipes.map(artifactPath);

  await requireGo();
  const total = waiting.length;
  const running = new Set<string>();
  let done = 0;
  const show = () => update(`building ${[...running].join(" and ")} (${done} of ${total} done)`);
  const worker = async () => {
    for (let recipe = waiting.shift(); recipe; recipe = waiting.shift()) {
      running.add(recipe.name);
      show();
      await ensureArtifact(recipe, update);
      running.delete(recipe.name);
      done++;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return recipes.map(artifactPath);
}
