// The template of `pulumi new`: the project that `init` makes, with `${PROJECT}` in the place of
// the company. Run as a program, it writes `cli/init/template` anew.
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { version } from "../../package.json";
import { PROJECT } from "../../config/settings";
import { writeProject } from "./command";

export const TEMPLATE = path.join(__dirname, "template");

/** A company's name that is valid in a namespace's name, until `${PROJECT}` takes its place. */
const STAND_IN = "project-stand-in";
/** The engine replaces it in each file. */
const NAME = "${PROJECT}";
/** Likewise; in the name of a file, the engine takes it away. */
const DESCRIPTION = "${DESCRIPTION}";
const SERVICE = "orders";
const MANIFEST = "Pulumi.yaml";
const INSTALLED = `node_modules/${PROJECT}`;

/** Every file of the template, by its path. */
export async function templateFiles(): Promise<ReadonlyMap<string, string>> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "template-"));
  try {
    await writeProject(directory, { name: STAND_IN, service: SERVICE, package: version });
    const files = await filesIn(directory);
    return new Map([...files].map(([file, text]) => [fileName(file, text), forEngine(file, text.replaceAll(STAND_IN, NAME))]));
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}

/**
 * In a file that ends in `.yaml`, the engine puts a line break behind the name, which must not be a
 * part of a longer word there. In the name of a file, it takes `${DESCRIPTION}` away.
 */
function fileName(file: string, text: string): string {
  // npm packs no `.gitignore`.
  const isHidden = file === ".gitignore" || (file !== MANIFEST && file.endsWith(".yaml") && text.includes(STAND_IN));
  return isHidden ? file + DESCRIPTION : file;
}

/**
 * `pulumi new` expects the program before npm has installed the package that has it. So the
 * project's own directory is the program, and package.json leads into the package.
 */
function forEngine(file: string, text: string): string {
  if (file === "package.json") {
    const { name, private: isPrivate, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return `${JSON.stringify({ name, private: isPrivate, main: `${INSTALLED}/index.ts`, ...rest }, undefined, 2)}\n`;
  }
  if (file !== MANIFEST) return text;
  const { main: _, runtime, ...project } = parse(text) as Record<string, unknown> & { runtime: { options: object } };
  const options = { ...runtime.options, nodeargs: `--require ./${INSTALLED}/cli/typescript.cjs` };
  const template = {
    displayName: "Postgres credentials",
    description: "Postgres credentials on Kubernetes, with CloudNativePG as their only source",
    quickstart: "Next: npm install && npm test, then npx cnpg-credentials doctor",
    config: {
      [`${PROJECT}:context`]: { description: "The context of your kubeconfig in which the stack lives", default: "kind-kind" },
    },
  };
  return stringify({ ...project, name: NAME, description: DESCRIPTION, runtime: { ...runtime, options }, template }, { lineWidth: 0 });
}

/** Texts by their paths, with `/` on every system. */
export async function filesIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const read = files
    .sort()
    .map(async (file) => [path.relative(directory, file).split(path.sep).join("/"), await fs.readFile(file, "utf8")] as const);
  return new Map(await Promise.all(read));
}

async function write(): Promise<void> {
  await fs.rm(TEMPLATE, { recursive: true, force: true });
  for (const [file, text] of await templateFiles()) {
    await fs.mkdir(path.dirname(path.join(TEMPLATE, file)), { recursive: true });
    await fs.writeFile(path.join(TEMPLATE, file), text);
  }
}

if (require.main === module) void write();
