// npm run e2e [-- [--again] <part of a file name> ...]: the real engine, providers, API server, operator and Postgres, in this clone's lab, which is made anew;
// with --again in the lab as it is; with --record README's table is written anew. npm run soak: the same with the long campaigns. The last line is `N passed, N failed`.
import * as fs from "node:fs";
import { FIRST, filesOf, LAST, PLANS } from "./plan";
import { processors } from "./processors";
import { Schedule } from "./schedule";
import { record, SECONDS, tableOfSeconds } from "./seconds";

async function main(args: readonly string[]): Promise<void> {
  const flags = args.filter((arg) => arg.startsWith("--"));
  const parts = args.filter((arg) => !arg.startsWith("--"));
  process.env.SOAK = flags.includes("--soak") ? "1" : "";
  const again = flags.includes("--again");
  const files = fs.readdirSync(__dirname).flatMap((file) => /^(\w+)\.e2e\.ts$/.exec(file)?.[1] ?? []);
  const planned = [FIRST, LAST, ...Object.keys(PLANS)].flatMap(filesOf);
  const amiss = [...files.filter((file) => !planned.includes(file)), ...planned.filter((file) => !files.includes(file))];
  if (amiss.length > 0) throw new Error(`${amiss.join(", ")}: in plan.ts or in the directory, and not in both`);

  const [began, before] = [performance.now(), processors()];
  const wanted = (name: string) => parts.length === 0 || parts.some((part) => name.includes(part));
  const wantedOf = (name: string) => (wanted(name) || PLANS[name] === undefined ? filesOf(name) : filesOf(name).filter(wanted));
  const named = Object.keys(PLANS).filter((name) => wantedOf(name).length > 0);
  const chosen = named.filter((name) => process.env.SOAK || !PLANS[name]!.soak);
  for (const name of named.filter((name) => !chosen.includes(name))) console.log(`${name}: left out, \`npm run soak\` has it`);
  const makesLab = !again && (chosen.some((name) => PLANS[name]!.needs !== "nothing") || wanted(FIRST));
  const schedule = new Schedule(SECONDS, wantedOf);
  const lab = makesLab ? schedule.runOne(FIRST).then(({ failed }) => failed === 0) : Promise.resolve(again);
  await schedule.run(chosen, lab);
  if (!again && wanted(LAST)) await schedule.runOne(LAST);

  const { rows } = schedule;
  const [seconds, after] = [(performance.now() - began) / 1000, processors()];
  for (const line of tableOfSeconds(rows)) console.log(line);
  const busy = (after.busy - before.busy) / 1000;
  console.log(
    `${seconds.toFixed(0)} s in all; processors busy for ${busy.toFixed(0)} of ${((after.all - before.all) / 1000).toFixed(0)} s`,
  );
  if (flags.includes("--record")) await record(rows);
  const skipped = rows.flatMap(({ skipped: some }) => some);
  for (const title of skipped) console.log(`SKIPPED: ${title}`);
  const sum = (field: "passed" | "failed") => rows.reduce((total, row) => total + row[field], 0);
  if (rows.length === 0) console.log("No file of tests has such a name.");
  console.log(
    `${sum("passed")} passed, ${sum("failed") + (rows.length === 0 ? 1 : 0)} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
  );
  process.exitCode = sum("failed") > 0 || rows.length === 0 ? 1 : 0;
}

void main(process.argv.slice(2));
