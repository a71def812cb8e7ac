import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { Recipe } from "../artifact";
import { LabError, OWN_CLUSTER } from "../errors";
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
}

/** Everything is pinned by go.mod and go.sum: with a complete go.sum no checksum database is asked. */
const FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false"];

/** The environment's own flags and workspaces could change what is built. */
const ENVIRONMENT = { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };

const moduleDirectory = (part: GoPart) => path.join(__dirname, part.name);

/**
 * How to build a part. Its inputs are the module, the flags and the processor, but not the version of Go: with each of
 * its patch releases a machine would build for half an hour for nothing that a throw-away cluster is better for.
 */
export async function goRecipe(part: GoPart): Promise<Recipe> {
  const directory = moduleDirectory(part);
  const linker = Object.entries(part.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const tags = part.tags ? [`-tags=${part.tags.join(",")}`] : [];
  const build = ["build", ...FLAGS, ...tags, `-ldflags=${["-s", "-w", ...linker].join(" ")}`];
  const inputs = [...(await readTree(directory)), JSON.stringify([build, part, process.arch])];
  return {
    kind: "tools",
    name: part.name,
    inputs,
    async make(target, log) {
      const options = { cwd: directory, env: ENVIRONMENT };
      await fs.mkdir(target, { recursive: true });
      await runLogged(`Building ${part.name}`, ["go", ...build, "-o", `${target}/`, ...part.packages], {
        ...options,
        log,
        remedy: "go reports what it could not reach or compile; the command builds on from here when it is run again",
      });
      for (const [link, program] of Object.entries(part.links ?? {})) await fs.symlink(program, path.join(target, link));
      for (const { module, file, as } of part.files ?? []) {
        const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], options);
        await fs.copyFile(path.join(stdout, file), path.join(target, as));
        await fs.chmod(path.join(target, as), 0o644);
      }
    },
  };
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
 * @throws {LabError} When it is not.
 */
export async function requireGo(): Promise<void> {
  const { exitCode } = await execa("go", ["version"], { reject: false });
  if (exitCode === 0) return;
  const modules = (await fs.readdir(__dirname, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const goMods = await Promise.all(modules.map((entry) => fs.readFile(path.join(__dirname, entry.name, "go.mod"), "utf8")));
  const versions = goMods.map((goMod) => /^go (\S+)$/m.exec(goMod)?.[1] ?? "");
  const version = versions.sort(new Intl.Collator("en", { numeric: true }).compare).at(-1);
  throw new LabError("The vendor's downloads cannot be reached, and there is no Go to build the programs with instead", {
    remedy: `install Go ${version} or newer (https://go.dev/doc/install) and put it on the PATH, or ${OWN_CLUSTER}`,
  });
}
