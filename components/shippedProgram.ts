import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";

/** A program for plain Node, with files that it reads, as a ConfigMap has them and a pod runs them. */
export interface ShippedProgram {
  /** The ConfigMap's, which says what is in it: another program is another ConfigMap. */
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  /** Of the container. */
  readonly command: string[];
  readonly args: string[];
}

/**
 * Whoever may write ConfigMaps is not to be who runs code with a pod's Secrets and its account: what
 * a pod runs is in its own spec, as digests, and a file that is another is not run. That the
 * ConfigMap is immutable and called after its contents keeps accidents away, and lets no pod see
 * half a change; who may delete it and make it anew gets past both.
 *
 * @param name What the ConfigMap's begins with.
 * @param files By name; the first is the program.
 * @param at Where the ConfigMap is mounted.
 * @param args The program's further arguments.
 */
export function shippedProgram(
  name: string,
  files: Readonly<Record<string, string>>,
  at: string,
  args: readonly string[] = [],
): ShippedProgram {
  const digests = Object.fromEntries(Object.entries(files).map(([file, text]) => [`${at}/${file}`, digest(text)]));
  const paths = Object.keys(digests);
  return {
    name: `${name}-${digest(JSON.stringify(digests)).slice(0, 10)}`,
    data: files,
    command: ["node"],
    args: ["-e", RUN_CHECKED, JSON.stringify(digests), ...paths, ...args],
  };
}

/** The ConfigMap itself. */
export function shippedFiles(metadata: { name: string }, { name, data }: ShippedProgram): k8s.core.v1.ConfigMapArgs {
  return { metadata: { ...metadata, name }, data: { ...data }, immutable: true };
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** Its arguments: the digests of files, the program, its own. It runs the very text that it has looked at. */
const RUN_CHECKED = `
const fs = require("node:fs"), Module = require("node:module");
const [digests, program, ...rest] = process.argv.slice(1);
const texts = {};
for (const [file, expected] of Object.entries(JSON.parse(digests))) {
  texts[file] = fs.readFileSync(file, "utf8");
  if (require("node:crypto").createHash("sha256").update(texts[file]).digest("hex") === expected) continue;
  console.error(file + " is not what this pod is to run: somebody has changed its ConfigMap. An \`up --refresh\` puts it right");
  process.exit(2);
}
process.argv = [process.argv[0], program, ...rest];
const main = new Module(program);
main.filename = program;
main._compile(texts[program], program);
`.trim();
