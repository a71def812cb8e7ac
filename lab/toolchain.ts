import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { artifactPath, digest, ensureArtifact, exists, type Recipe } from "./artifact";
import { FixableError } from "../config/fixableError";
import { cacheDirectory } from "./paths";
import type { Report, Update } from "./progress";
import { areBuilt, buildParts } from "./toolchain/build";
import { externalSecretsPart } from "./toolchain/externalSecrets";
import { goRecipe, pinnedVersion, type GoPart } from "./toolchain/go";
import {
  engineDownload,
  engineOnPath,
  engineParts,
  pluginDownload,
  pluginPart,
  pulumiVersions,
  serves,
  versionOnPath,
  type PluginName,
  type PulumiVersions,
} from "./toolchain/pulumi";
import { vaultPart } from "./toolchain/vault";

/** The programs of the lab cluster, by their paths. */
export interface ClusterTools {
  /** etcd, Kubernetes and kubectl in one: `kube <part> ...`; `kubectl` is beside it. */
  readonly kube: string;
  readonly coredns: string;
  readonly pause: string;
  readonly provisioner: string;
  /** CloudNativePG's operator, and the manifest that it is released with. */
  readonly manager: string;
  readonly operatorManifest: string;
}

/** A part that is to be built, and the directory of PULUMI_HOME that its programs belong to. */
interface Build {
  readonly part: GoPart;
  readonly destination: string;
}

/**
 * Compiles in one step what a first login in the lab needs and this machine neither has nor can
 * download: two programs at once until the end, and what is left can be told. The other functions
 * find it done.
 * @throws {FixableError} When there is no Go, or a build fails.
 */
export async function ensureFirstPrograms(report: Report): Promise<void> {
  const cluster = await clusterParts();
  if (await areBuilt([...cluster, ...(await pulumiParts(["kubernetes", "random"]))])) return;
  await report.step("Programs", async (update) => {
    const { builds } = await acquirePulumi(report, await pulumiVersions(), update);
    await sayWhatIsFaster(report, { engine: builds.length > 0, cluster: !(await areBuilt(cluster)) });
    // In the order of their length, but that Kubernetes and the engine, which share least, begin.
    const [kube, ...others] = cluster;
    const pulumi = builds.map(({ part }) => part).sort((one, another) => Number(another.name === "engine") - Number(one.name === "engine"));
    await buildParts([kube!, ...pulumi, ...others], update);
  });
}

/** Whether what Vault and External Secrets are in the lab has been compiled. */
export async function areVaultProgramsBuilt(plugins: readonly PluginName[]): Promise<boolean> {
  return await areBuilt([vaultPart, externalSecretsPart, ...(await pulumiParts(plugins)).filter(({ name }) => name === "vault-provider")]);
}

/**
 * The Pulumi engine, its host of Node programs and its provider plugins: what the machine has, else what the vendor
 * offers for download, else built from pinned Go modules. They are laid out in a PULUMI_HOME of our own, where the
 * engine and its npm launcher look for them; the user's is not touched. Returned is what the environment of `pulumi` needs
 * over that of this process.
 * @param plugins Providers that the stack uses beside those of every stack.
 * @throws {FixableError} When a part can neither be downloaded nor built.
 */
export async function ensurePulumi(report: Report, plugins: readonly PluginName[] = []): Promise<Record<string, string>> {
  return await report.step("Pulumi", async (update) => {
    const versions = await pulumiVersions(["kubernetes", "random", ...plugins]);
    const { home, engine, builds } = await acquirePulumi(report, versions, update);
    const built = await buildParts(
      builds.map(({ part }) => part),
      update,
    );
    for (const [index, { destination }] of builds.entries()) await linkFiles(built[index]!, destination);
    await keepNoLogs(home);
    return {
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The engine, in front of its npm launcher, and beside it the host of Node programs.
      PATH: [engine ? path.dirname(engine) : engineDirectory(home, versions), process.env.PATH].join(path.delimiter),
      ...(builds.length > 0 && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    };
  });
}

interface Acquired {
  readonly home: string;
  /** The path of one that was not built here. */
  readonly engine: string | undefined;
  readonly builds: readonly Build[];
}

/** Lays out what the machine has and what can be downloaded, and says what has to be built. */
async function acquirePulumi(report: Report, versions: PulumiVersions, update: Update): Promise<Acquired> {
  const home = path.join(cacheDirectory(), "pulumi", await homeName(versions));
  const bin = engineDirectory(home, versions);
  const engine = await vendorEngine(report, versions.engine, bin, update);
  const builds: Build[] = [];
  // The provider for Kubernetes takes longest, and comes first.
  for (const plugin of versions.plugins) {
    const part = pluginPart(plugin);
    const folder = path.join("plugins", `resource-${plugin.name}-v${plugin.version}`);
    // Where the vendor's engine cannot be had, neither can its plugins.
    const download = engine && (await downloaded(report, pluginDownload(engine, plugin), [part], update));
    if (download) await linkFiles(path.join(download, folder), path.join(home, folder));
    else builds.push({ part, destination: path.join(home, folder) });
  }
  if (!engine) for (const part of await engineParts()) builds.push({ part, destination: bin });
  return { home, engine, builds };
}

const engineDirectory = (home: string, { engine }: PulumiVersions) => path.join(home, "versions", engine, "bin");

/**
 * The engine writes all that it does, values of properties among it, into `logs`, four megabytes an
 * `up`, which take a third of its processor time. Nothing turns that off; where the directory
 * cannot be made, it goes on without.
 */
async function keepNoLogs(home: string): Promise<void> {
  const logs = path.join(home, "logs");
  if ((await exists(logs)) && (await fs.stat(logs)).isFile()) return;
  await fs.rm(logs, { recursive: true, force: true });
  await fs.writeFile(logs, "The engine is to keep no logs.\n");
}

/** Everything of Pulumi's that can be built. */
async function pulumiParts(plugins: readonly PluginName[]): Promise<readonly GoPart[]> {
  return [...(await pulumiVersions(plugins)).plugins.map(pluginPart), ...(await engineParts())];
}

/** What the machine has that would make up for the compiler's work. */
async function sayWhatIsFaster(report: Report, { engine, cluster }: { engine: boolean; cluster: boolean }): Promise<void> {
  const { engine: pinned } = await pulumiVersions();
  const tooOld = engine ? await versionOnPath() : undefined;
  if (tooOld !== undefined && !serves(tooOld, pinned))
    report.note(
      `Pulumi ${tooOld} on the PATH is not used: it must be ${pinned} or later, of the same major version. With one, no engine is compiled.`,
    );
  if (!cluster) return;
  const { exitCode } = await execa("docker", ["version", "--format", "{{.Server.Version}}"], { reject: false });
  if (exitCode === 0)
    report.note(
      "Docker is here. A cluster of kind's is up in a minute, without compiling Kubernetes: `kind create cluster`, CloudNativePG, the namespaces, and KUBECONFIG (docs/getting-started.md).",
    );
}

/** Two clones whose parts differ have a home each: what one builds is not put in the place of the other's. */
async function homeName({ plugins }: PulumiVersions): Promise<string> {
  const parts = [...(await engineParts()), ...plugins.map(pluginPart)];
  return digest(await Promise.all(parts.map(async (part) => path.basename(artifactPath(await goRecipe(part))))));
}

/**
 * The programs of the lab cluster, which are built: the vendors offer them as images, from registries of their own.
 * @throws {FixableError} When there is no Go, or a build fails.
 */
export async function ensureClusterTools(report: Report): Promise<ClusterTools> {
  return await report.step("Cluster programs", async (update) => {
    const [kube, cnpg, addons] = await buildParts(await clusterParts(), update);
    return {
      kube: path.join(kube!, "kube"),
      coredns: path.join(addons!, "coredns"),
      pause: path.join(addons!, "pause"),
      provisioner: path.join(addons!, "provisioner"),
      manager: path.join(cnpg!, "manager"),
      operatorManifest: path.join(cnpg!, "operator.yaml"),
    };
  });
}

async function clusterParts(): Promise<readonly GoPart[]> {
  const operator = "github.com/cloudnative-pg/cloudnative-pg";
  const release = (await pinnedVersion("cnpg", operator)).replace(/^v/, "");
  return [
    await kubePart(),
    {
      name: "cnpg",
      packages: [`${operator}/cmd/manager`],
      files: [{ module: operator, file: `releases/cnpg-${release}.yaml`, as: "operator.yaml" }],
    },
    { name: "addons", packages: ["./..."] },
  ];
}

/**
 * A kubectl: that of the lab, whose version is right for it, if it has been built, else the machine's.
 * @throws {FixableError} When there is neither.
 */
export async function kubectlPath(): Promise<string> {
  const own = path.join(artifactPath(await goRecipe(await kubePart())), "kubectl");
  if (await exists(own)) return own;
  const { exitCode } = await execa("kubectl", ["version", "--client"], { reject: false });
  if (exitCode === 0) return "kubectl";
  throw new FixableError("There is no kubectl on the PATH", "install it: https://kubernetes.io/docs/tasks/tools/");
}

/**
 * Prometheus' promtool, which checks rules and runs their tests: built when a test asks for it, and by nothing else.
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensurePromtool(report: Report): Promise<string> {
  const [directory] = await report.step("promtool", async (update) => buildParts([await promtoolPart()], update));
  return path.join(directory!, "promtool");
}

async function promtoolPart(): Promise<GoPart> {
  const prometheus = "github.com/prometheus/prometheus";
  const version = (await pinnedVersion("promtool", prometheus)).replace(/^v/, "");
  const variables = { "github.com/prometheus/common/version.Version": version };
  // Without finding services, which brings the clients of a dozen clouds.
  return { name: "promtool", packages: [`${prometheus}/cmd/promtool`], tags: ["remove_all_sd"], variables };
}

/**
 * gitleaks, which the audit is compared with: built when the benchmark asks for it, and by nothing else.
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensureGitleaks(report: Report): Promise<{ program: string; version: string }> {
  const module = "github.com/zricethezav/gitleaks/v8";
  const [directory] = await report.step("gitleaks", (update) => buildParts([{ name: "gitleaks", packages: [module] }], update));
  return { program: path.join(directory!, "gitleaks"), version: await pinnedVersion("gitleaks", module) };
}

/**
 * actionlint, which checks workflows of GitHub Actions: built when a test asks for it, and by nothing else.
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensureActionlint(report: Report): Promise<string> {
  const [directory] = await report.step("actionlint", (update) => buildParts([actionlintPart], update));
  return path.join(directory!, "actionlint");
}

const actionlintPart: GoPart = { name: "actionlint", packages: ["github.com/rhysd/actionlint/cmd/actionlint"] };

/**
 * The engine's host of programs in YAML: built when a test asks for it, and by nothing else.
 * @returns the directory that it is in, for the PATH
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensureYamlHost(report: Report): Promise<string> {
  const [directory] = await report.step("host of YAML programs", (update) => buildParts([yamlHostPart], update));
  return directory!;
}

const yamlHostPart: GoPart = { name: "yaml-host", packages: ["github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"] };

/**
 * A name for all programs that the lab and its tests build: another one when one of them is built
 * from something else, and only then.
 */
export async function toolsKey(): Promise<string> {
  const pulumi = await pulumiParts(["kubernetes", "random", "vault"]);
  const parts = [...pulumi, ...(await clusterParts()), vaultPart, externalSecretsPart, await promtoolPart(), actionlintPart, yamlHostPart];
  return digest(await Promise.all(parts.map(async (part) => path.basename(artifactPath(await goRecipe(part))))));
}

/** Vault and its plugin for Kubernetes authentication, by their paths. */
export interface VaultTools {
  readonly version: string;
  readonly vault: string;
  readonly kubernetesAuth: string;
}

/**
 * Vault, built when a stack or a test asks for it.
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensureVault(report: Report): Promise<VaultTools> {
  const [directory] = await report.step("Vault", (update) => buildParts([vaultPart], update));
  const version = (await pinnedVersion("vault", "github.com/hashicorp/vault")).replace(/^v/, "");
  return { version, vault: path.join(directory!, "vault"), kubernetesAuth: path.join(directory!, "vault-plugin-auth-kubernetes") };
}

/** The External Secrets operator and the manifest of its custom resource definitions, by their paths. */
export interface ExternalSecretsTools {
  readonly operator: string;
  readonly definitions: string;
}

/**
 * External Secrets, built when a stack or a test asks for it.
 * @throws {FixableError} When there is no Go, or the build fails.
 */
export async function ensureExternalSecrets(report: Report): Promise<ExternalSecretsTools> {
  const [directory] = await report.step("External Secrets", (update) => buildParts([externalSecretsPart], update));
  return { operator: path.join(directory!, "external-secrets"), definitions: path.join(directory!, "crds.yaml") };
}

async function kubePart(): Promise<GoPart> {
  const version = await pinnedVersion("kube", "k8s.io/kubernetes");
  return { name: "kube", packages: ["."], variables: { "k8s.io/component-base/version.gitVersion": version }, links: { kubectl: "kube" } };
}

/** The path of an engine that was not built here, on the PATH or downloaded into `bin`, if there is one. */
async function vendorEngine(report: Report, version: string, bin: string, update: Update): Promise<string | undefined> {
  const onPath = await engineOnPath(version);
  if (onPath) return onPath;
  const download = await downloaded(report, await engineDownload(version), await engineParts(), update);
  if (!download) return undefined;
  await linkFiles(path.join(download, "versions", version, "bin"), bin);
  return path.join(bin, "pulumi");
}

/** The directory of a download, unless it fails or the parts that would take its place have been built. */
async function downloaded(report: Report, recipe: Recipe, instead: readonly GoPart[], update: Update): Promise<string | undefined> {
  if (!(await exists(artifactPath(recipe))) && (await areBuilt(instead))) return undefined;
  try {
    return await ensureArtifact(recipe, update);
  } catch (error) {
    if (!(error instanceof FixableError)) throw error;
    report.note(error.message.replaceAll("\n", ". "));
    return undefined;
  }
}

/**
 * Makes the files of one directory those of another, by hard links: the engine asks for its own path to find what lies
 * beside it, and a symbolic link would lead it astray.
 */
async function linkFiles(from: string, to: string): Promise<void> {
  await fs.mkdir(to, { recursive: true });
  for (const file of await fs.readdir(from)) {
    const [source, target] = [path.join(from, file), path.join(to, file)];
    if ((await exists(target)) && (await fs.stat(source)).ino === (await fs.stat(target)).ino) continue;
    const temporary = `${target}.${process.pid}`;
    await fs.link(source, temporary);
    await fs.rename(temporary, target);
  }
}
