// Where the files of stacks are: in this clone, or in a directory of somebody's own that has this
// program as a package.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../../config/settings";
import { REPOSITORY } from "../../lab/paths";
import { here } from "../shared/here";

let chosen: string | undefined;

/** The directory of `Pulumi.<stack>.yaml`: found once, from where the command was called. */
export function projectDirectory(): string {
  return (chosen ??= findProject(here()) ?? REPOSITORY);
}

/** From now on, in this process, stacks' files are in that directory. */
export function useProject(directory: string): void {
  chosen = directory;
}

/**
 * The directory at or above another one whose `Pulumi.yaml` is a project of this program's;
 * `undefined` where the nearest one is somebody else's, or there is none.
 */
export function findProject(from: string): string | undefined {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    const file = path.join(directory, "Pulumi.yaml");
    if (fs.existsSync(file)) return isOurs(file) ? directory : undefined;
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** A project of this program's name, or one whose program is this package. */
function isOurs(file: string): boolean {
  const { name, main, runtime } = readProject(file);
  return name === PROJECT || JSON.stringify([main, runtime]).includes(`node_modules/${PROJECT}`);
}

function readProject(file: string): { readonly name?: unknown; readonly main?: unknown; readonly runtime?: unknown } {
  try {
    return (parse(fs.readFileSync(file, "utf8")) as object | null) ?? {};
  } catch {
    return {};
  }
}

/** The engine's name of the project: `pulumi new --name` gives it another one. */
export function projectName(): string {
  const { name } = readProject(path.join(projectDirectory(), "Pulumi.yaml"));
  return typeof name === "string" ? name : PROJECT;
}

/** Where the engine is started: it reads the project's name there. */
export function engineDirectory(): string {
  return projectName() === PROJECT ? REPOSITORY : projectDirectory();
}

/**
 * A part of the path to the states of a project outside the clone: two projects may both have a
 * stack `dev`.
 */
export function projectPart(): readonly string[] {
  const directory = projectDirectory();
  return directory === REPOSITORY ? [] : [`project-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`];
}
