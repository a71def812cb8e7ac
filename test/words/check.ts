// The habits that make a text hard to read: part of `npm run lint`. The ratchet has how many each file
// may still have; it may only shrink.
//   node cli/run.cjs test/words/check.ts [--write | --list <part of a path>]
import * as fs from "node:fs";
import { above, count, files, look, ratchet, RATCHET, totals } from "./files";

const [option, part = ""] = process.argv.slice(2);
const found = files()
  .filter((file) => option !== "--list" || file.includes(part))
  .flatMap((file) => look(file));

if (option === "--write") {
  const lines = Object.entries(count(found)).map(([file, of]) => `  ${JSON.stringify(file)}: ${JSON.stringify(of)}`);
  fs.writeFileSync(RATCHET, `{\n${lines.join(",\n")}\n}\n`);
}
if (option === "--list") for (const { file, line, habit, text } of found) console.log(`${file}:${line} ${habit}: ${text}`);
else {
  const problems = above(found, ratchet());
  for (const line of problems) console.error(line);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`Words: ${JSON.stringify(totals(count(found)))}`);
}
