import * as os from "node:os";
import * as path from "node:path";
import { artifactPath, ensureArtifact, exists, type Recipe } from "../artifact";
import { cacheDirectory } from "../paths";
import type { Update } from "../progress";
import { goRecipe, requireGo, type GoPart } from "./go";

/** Two at once: while one program is linked or its modules are loaded, which takes one processor, another is compiled. */
const AT_ONCE = 2;

/** How often it is said what is left. */
const UPDATE_MS = 15_000;

/**
 * Minutes of processor time that each part takes, for the estimate: as the logs of a first
 * `npm run up` have them, two parts at a time on two processors, from an empty cache of Go's. What a
 * part shares with one before it is compiled once.
 */
const MINUTES: Readonly<Record<string, number>> = {
  engine: 12.6,
  kube: 19.5,
  kubernetes: 6.9,
  "nodejs-host": 0.5,
  random: 3.2,
  cnpg: 5.2,
  addons: 0.6,
  "external-secrets": 1.3,
  vault: 14.9,
  "vault-provider": 2.5,
  promtool: 1.3,
  actionlint: 0.4,
};

/** For a part that nobody has measured. */
const UNKNOWN_MINUTES = 5;

/**
 * The directories of the given parts' programs, in the given order, which are built where the cache lacks them. Parts
 * that take longest belong first.
 * @throws {FixableError} When there is no Go, or a build fails; parts that are being built are finished first.
 */
export async function buildParts(parts: readonly GoPart[], update: Update): Promise<readonly string[]> {
  const recipes = await Promise.all(parts.map(goRecipe));
  const waiting = await missing(recipes);
  if (waiting.length === 0) return recipes.map(artifactPath);

  await requireGo();
  const total = waiting.length;
  const minutes = sum(waiting);
  const started = performance.now();
  const running = new Set<Recipe>();
  let done = 0;
  let doneMinutes = 0;
  const show = () => {
    const elapsed = (performance.now() - started) / 60_000;
    const left = minutesLeft({ total: minutes, done: doneMinutes, running: sum([...running]), elapsed, processors: os.availableParallelism() });
    const names = [...running].map(({ name }) => name).join(" and ");
    update(`compiling ${names} (${done} of ${total} done, about ${left} min left; logs: ${path.join(cacheDirectory(), "logs")})`);
  };
  const worker = async () => {
    for (let recipe = waiting.shift(); recipe; recipe = waiting.shift()) {
      running.add(recipe);
      show();
      await ensureArtifact(recipe, update);
      running.delete(recipe);
      doneMinutes += sum([recipe]);
      done++;
    }
  };
  const clock = setInterval(show, UPDATE_MS);
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker)).finally(() => clearInterval(clock));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return recipes.map(artifactPath);
}

/** Whether the programs of all these parts are there. */
export async function areBuilt(parts: readonly GoPart[]): Promise<boolean> {
  return (await missing(await Promise.all(parts.map(goRecipe)))).length === 0;
}

/**
 * Minutes on the clock until everything is compiled, at least one. This machine's pace is taken
 * from what is done: those that run count as half done.
 * @param total Minutes of processor time, recorded, of all parts; `done` and `running` of those
 * that are.
 * @param elapsed Minutes on the clock since the beginning.
 */
export function minutesLeft({ total, done, running, elapsed, processors }: Record<"total" | "done" | "running" | "elapsed" | "processors", number>): number {
  const pace = done === 0 ? 1 : (elapsed * processors) / (done + running / 2);
  return Math.max(1, Math.round((total * pace) / processors - elapsed));
}

async function missing(recipes: readonly Recipe[]): Promise<Recipe[]> {
  const found = await Promise.all(recipes.map((recipe) => exists(artifactPath(recipe))));
  return recipes.filter((_, index) => !found[index]);
}

const sum = (recipes: readonly Recipe[]) => recipes.reduce((minutes, { name }) => minutes + (MINUTES[name] ?? UNKNOWN_MINUTES), 0);
