import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { exists, type Recipe } from "../artifact";
import { packageDirectory } from "../paths";
import { runLogged } from "../run";
import { pinnedVersion, type GoPart } from "./go";

/** What the npm packages say that the engine and the provider plugins have to be. */
export interface PulumiVersions {
  readonly engine: string;
  readonly plugins: readonly PluginVersion[];
}

/** Providers that a program of this repository can use, by their names in npm and in the engine. */
export type PluginName = "kubernetes" | "random" | "vault";

export interface PluginVersion {
  readonly name: PluginName;
  readonly version: string;
}

/** A download that is not there after this long is given up for a build. */
const DOWNLOAD_MS = 300_000;

/** The versions of the installed npm packages; a plugin's may differ from that of its package, which then names it. */
export async function pulumiVersions(names: readonly PluginName[] = ["kubernetes", "random"]): Promise<PulumiVersions> {
  const engine = (await packageOf("pulumi")).version;
  const plugins = names.map(async (name) => {
    const { version, pulumi } = await packageOf(`@pulumi/${name}`);
    return { name, version: pulumi?.version ?? version };
  });
  return { engine, plugins: await Promise.all(plugins) };
}

/** Whether a version of the engine serves in place of the pinned one: the same major version, and not older. */
export function serves(version: string, pinned: string): boolean {
  const [major, ...minor] = numbers(version);
  const [pinnedMajor, ...pinnedMinor] = numbers(pinned);
  if (major === undefined || major !== pinnedMajor) return false;
  for (const [index, least] of pinnedMinor.entries()) {
    const difference = (minor[index] ?? 0) - least;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The first pulumi on the PATH that is not the npm launcher, if it serves. */
export async function engineOnPath(pinned: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const found = await firstOnPath(env);
  return found && serves(found.version, pinned) ? found.file : undefined;
}

/** The version of that pulumi, whether it serves or not. */
export async function versionOnPath(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  return (await firstOnPath(env))?.version.replace(/^v/, "");
}

async function firstOnPath(env: NodeJS.ProcessEnv): Promise<{ file: string; version: string } | undefined> {
  for (const directory of (env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(directory, process.platform === "win32" ? "pulumi.exe" : "pulumi");
    if (!path.isAbsolute(directory) || /[\\/]node_modules[\\/]\.bin$/.test(directory) || !(await exists(file))) continue;
    const { stdout, exitCode } = await execa(file, ["version"], { reject: false, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
    return exitCode === 0 ? { file, version: stdout.trim() } : undefined;
  }
  return undefined;
}

/** The vendor's release of the engine and the language hosts, which the npm launcher downloads. */
export async function engineDownload(version: string): Promise<Recipe> {
  const launcher = await packageDirectory("pulumi");
  const { bin } = JSON.parse(await fs.readFile(path.join(launcher, "package.json"), "utf8")) as { bin: string | Record<string, string> };
  const program = typeof bin === "string" ? bin : bin.pulumi!;
  return download("pulumi", version, [process.execPath, path.join(launcher, program), "version"]);
}

/** The vendor's release of a provider plugin, which the engine downloads. */
export function pluginDownload(engine: string, { name, version }: PluginVersion): Recipe {
  return download(`pulumi-resource-${name}`, version, [engine, "plugin", "install", "resource", name, version]);
}

function download(name: string, version: string, command: readonly string[]): Recipe {
  return {
    kind: "tools",
    name: `${name}-${version}`,
    inputs: [],
    async make(target, log, update) {
      update(`downloading ${name} ${version}`);
      const env = { PULUMI_HOME: target, PULUMI_SKIP_UPDATE_CHECK: "true" };
      await runLogged(`Downloading ${name} ${version}`, command, { env, timeout: DOWNLOAD_MS, log, remedy: "it is built instead" });
    },
  };
}

/** The engine and the host of Node programs as Go parts. */
export async function engineParts(): Promise<readonly GoPart[]> {
  const version = await pinnedVersion("engine", "github.com/pulumi/pulumi/pkg/v3");
  return [
    {
      name: "engine",
      packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version },
    },
    { name: "nodejs-host", packages: ["github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3"] },
  ];
}

/** A provider plugin as a Go part. */
export function pluginPart({ name, version }: PluginVersion): GoPart {
  const variables = { "main.version": version };
  // `vault` is Vault itself.
  if (name !== "kubernetes") return { name: name === "vault" ? "vault-provider" : name, packages: ["."], variables };
  // Its component resources bring a Go type for every kind of Kubernetes, which take as long as all
  // the rest.
  const lines = { "pkg/provider/provider_construct.go": "provider(helmv4|kustomizev2|yamlv2)" };
  return { name, packages: ["."], variables, without: { module: "github.com/pulumi/pulumi-kubernetes/provider/v4", lines } };
}

async function packageOf(name: string): Promise<{ version: string; pulumi?: { version?: string } }> {
  const file = path.join(await packageDirectory(name), "package.json");
  return JSON.parse(await fs.readFile(file, "utf8")) as { version: string; pulumi?: { version?: string } };
}

const numbers = (version: string): number[] => (/^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim())?.slice(1) ?? []).map(Number);
