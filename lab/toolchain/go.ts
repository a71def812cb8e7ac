import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { Recipe } from "../artifact";
import { OWN_CLUSTER } from "../ownCluster";
import { FixableError } from "../../config/fixableError";
import { readTree } from "../paths";
import { runLogged } from "../run";

/** Programs that are built together, from one pinned Go module of this directory. */
export interface GoPart {
  /** The module's directory. */
  readonly name: string;
  /** What is built: each program gets the last word of its package's path as its name. */
  readonly packages: readonly string[];
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Values of string variables, by the variables' full names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Other names of the programs, and which program each is of. */
  readonly links?: Readonly<Record<string, string>>;
  /** Files of modules that belong to the programs, and what they are called beside them. */
  readonly files?: readonly { readonly module: string; readonly file: string; readonly as: string }[];
  /**
   * A module that is built without some lines, which register what the lab does not use: regular
   * expressions, by files' paths in the module.
   */
  readonly without?: { readonly module: string; readonly lines: Readonly<Record<string, string>> };
}

/** Everything is pinned by go.mod and go.sum: with a complete go.sum no checksum database is asked. */
const FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false"];

/**
 * Ends the log with the processor time that it took, of the shell and of all else, where build.ts
 * has its minutes from.
 */
const TIMED = ["sh", "-c", '"$@" || exit; times', "sh"];

/**
 * The environment's own flags and workspaces could change what is built. The compiler collects its
 * garbage later than by default, which takes a quarter less of processor time and changes nothing
 * in what it writes.
 */
const ENVIRONMENT = { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOGC: "400" };

const moduleDirectory = (part: GoPart) => path.join(__dirname, part.name);

/**
 * How to build a part. Its inputs are the module, the flags and the processor, but not the version of Go: with each of
 * its patch releases a machine would build for half an hour for nothing that a throw-away cluster is better for.
 */
export async function goRecipe(part: GoPart): Promise<Recipe> {
  const directory = moduleDirectory(part);
  const { packages, links = {}, files = [], without } = part;
  const linker = Object.entries(part.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const tags = part.tags ? [`-tags=${part.tags.join(",")}`] : [];
  const flags = [...FLAGS, ...tags, `-ldflags=${["-s", "-w", ...linker].join(" ")}`];
  const inputs = [...(await readTree(directory)), JSON.stringify([flags, packages, links, files, without, process.arch])];
  return {
    kind: "tools",
    name: part.name,
    inputs,
    async make(target, log) {
      const options = { cwd: directory, env: ENVIRONMENT };
      await fs.mkdir(target, { recursive: true });
      const source = path.join(target, ".source");
      const modfile = without ? [`-modfile=${await moduleWithout(directory, without, source)}`] : [];
      const command = ["go", "build", ...flags, ...modfile, "-o", `${target}/`, ...packages];
      await runLogged(`Building ${part.name}`, [...TIMED, ...command], {
        ...options,
        log,
        remedy: "go reports what it could not reach or compile; the command builds on from here when it is run again",
      });
      await fs.rm(source, { recursive: true, force: true });
      for (const [link, program] of Object.entries(links)) await fs.symlink(program, path.join(target, link));
      for (const { module, file, as } of files) {
        const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], options);
        await fs.copyFile(path.join(stdout, file), path.join(target, as));
        await fs.chmod(path.join(target, as), 0o644);
      }
    },
  };
}

/**
 * Copies a module without some lines, and returns the path of a go.mod by which the copy is built:
 * Go's own cache of modules must not be changed.
 */
async function moduleWithout(directory: string, { module, lines }: NonNullable<GoPart["without"]>, source: string): Promise<string> {
  const copy = path.join(source, "module");
  // By a package of it, and so fetched where it has to be: `go mod download` asks for more than
  // some proxies have.
  const [changed = ""] = Object.keys(lines);
  const ask = ["list", "-find", "-f", "{{.Module.Dir}}", `${module}/${path.posix.dirname(changed)}`];
  const { stdout } = await execa("go", ask, { cwd: directory, env: ENVIRONMENT });
  await fs.cp(stdout, copy, { recursive: true });
  for (const [file, expression] of Object.entries(lines)) {
    const place = path.join(copy, file);
    const text = (await fs.readFile(place, "utf8")).split("\n");
    const isLeftOut = new RegExp(expression);
    const left = text.filter((line) => !isLeftOut.test(line));
    if (left.length === text.length) throw new Error(`${module}: ${file} has no line ${expression}`);
    // Files of that cache can only be read.
    await fs.rm(place);
    await fs.writeFile(place, left.join("\n"));
  }
  const modfile = path.join(source, "go.mod");
  for (const file of ["go.mod", "go.sum"]) await fs.copyFile(path.join(directory, file), path.join(source, file));
  await execa("go", ["mod", "edit", `-replace=${module}=${copy}`, modfile], { env: ENVIRONMENT });
  return modfile;
}

/**
 * The version that a part's go.mod pins a module at, with its `v`.
 * @throws {Error} When it does not require the module.
 */
export async function pinnedVersion(part: string, module: string): Promise<string> {
  const goMod = await fs.readFile(path.join(__dirname, part, "go.mod"), "utf8");
  // A `tool` line names a package without a version.
  const requirements = goMod.split("\n").map((line) => line.replace(/^require /, "").trim().split(" "));
  const version = requirements.find(([name, version]) => name === module && version !== undefined)?.[1];
  if (!version) throw new Error(`${part}/go.mod does not require ${module}`);
  return version;
}

/**
 * Checks that Go is there to build with.
 * @throws {FixableError} When it is not.
 */
export async function requireGo(): Promise<void> {
  const { exitCode } = await execa("go", ["version"], { reject: false });
  if (exitCode === 0) return;
  const modules = (await fs.readdir(__dirname, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const goMods = await Promise.all(modules.map((entry) => fs.readFile(path.join(__dirname, entry.name, "go.mod"), "utf8")));
  const versions = goMods.map((goMod) => /^go (\S+)$/m.exec(goMod)?.[1] ?? "");
  const version = versions.sort(new Intl.Collator("en", { numeric: true }).compare).at(-1);
  throw new FixableError("The vendor's downloads cannot be reached, and there is no Go to build the programs with instead", `install Go ${version} or newer (https://go.dev/doc/install) and put it on the PATH, or ${OWN_CLUSTER}`);
}
