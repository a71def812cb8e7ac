// Clusters that other programs make on this machine, in Docker: kind, k3d, minikube. Here are their
// command lines and nothing else. No test has run them with the real programs.
import { execa } from "execa";
import { FixableError } from "../../config/fixableError";
import type { Report } from "../../lab/progress";
import { kubectlPath } from "../../lab/toolchain";
import { installCnpg, installExternalSecrets, installTool, kubectlTo } from "../shared/installs";

export const MAKERS = ["kind", "k3d", "minikube"] as const;
export type Maker = (typeof MAKERS)[number];

interface Lines {
  /** Prints the names of those that are there, one a line or a table's first column. */
  readonly list: readonly string[];
  readonly create: (name: string) => readonly string[];
  readonly remove: (name: string) => readonly string[];
  /** Its name in the kubeconfig. */
  readonly context: (name: string) => string;
}

const LINES: Readonly<Record<Maker, Lines>> = {
  kind: {
    list: ["get", "clusters"],
    create: (name) => ["create", "cluster", "--name", name],
    remove: (name) => ["delete", "cluster", "--name", name],
    context: (name) => `kind-${name}`,
  },
  k3d: {
    list: ["cluster", "list", "--no-headers"],
    create: (name) => ["cluster", "create", name],
    remove: (name) => ["cluster", "delete", name],
    context: (name) => `k3d-${name}`,
  },
  minikube: {
    list: ["profile", "list", "--light"],
    create: (name) => ["start", "--profile", name, "--driver", "docker"],
    remove: (name) => ["delete", "--profile", name],
    context: (name) => name,
  },
};

/** The cluster that `up` makes where nobody has named one. */
export const LOCAL_CLUSTER = "cnpg-credentials";
export const LOCAL_CONTEXT = LINES.kind.context(LOCAL_CLUSTER);

export const isMaker = (name: string | undefined): name is Maker => MAKERS.some((one) => one === name);

/** Whether Docker answers on this machine. */
export async function dockerAnswers(): Promise<boolean> {
  const { exitCode } = await execa("docker", ["version", "--format", "{{.Server.Version}}"], {
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
  });
  return exitCode === 0;
}

/**
 * The maker of a cluster where nobody has named one. In a pipeline Docker is there for other
 * things.
 */
export async function suitable(): Promise<"kind" | "lab"> {
  return !process.env.CI && (await isOnPath("kind")) && (await dockerAnswers()) ? "kind" : "lab";
}

/** Whether a program is on the PATH, whatever it answers. */
export async function isOnPath(program: string): Promise<boolean> {
  const { code } = (await execa(program, ["version"], { reject: false, timeout: 10_000, stdin: "ignore" })) as { code?: string };
  return code !== "ENOENT";
}

/**
 * A cluster of that name, with CloudNativePG: made where it is not there.
 *
 * @param onCreate is awaited before a cluster is made, and only then
 * @returns its context, and whether it was made now
 * @throws FixableError when the program is not there, Docker does not answer, or one of them fails
 */
export async function ensureLocalCluster(
  report: Report,
  maker: Maker,
  name: string,
  { externalSecrets = false, onCreate = () => Promise.resolve() }: { externalSecrets?: boolean; onCreate?: () => Promise<void> } = {},
): Promise<{ context: string; isNew: boolean }> {
  if (!(await isOnPath(maker)))
    throw new FixableError(
      `${maker} is not on the PATH`,
      maker === "kind" ? installTool("kind").join("; ") : `install ${maker}, or name another with --on`,
    );
  if (!(await dockerAnswers()))
    throw new FixableError(`${maker} needs Docker, which does not answer`, "start it, or name another cluster with --on");
  const { list, create, context } = LINES[maker];
  const isThere = (await run(maker, list)).split("\n").some((line) => line.split(/[\s|]+/).includes(name));
  if (!isThere) {
    await onCreate();
    await report.step(`${maker} cluster ${name}`, () => run(maker, create(name)));
  }
  const kubectl = await kubectlPath();
  await report.step("CloudNativePG", async () => {
    for (const line of installCnpg(kubectlTo(["--context", context(name)]))) await run(kubectl, line.split(" "));
  });
  if (externalSecrets)
    await report.step("External Secrets", async () => {
      for (const line of installExternalSecrets(["--kube-context", context(name)])) await run("helm", line.split(" ").slice(1));
    });
  return { context: context(name), isNew: !isThere };
}

/** Whether kind has the one that `up` makes. */
export async function hasLocalCluster(): Promise<boolean> {
  return (await isOnPath("kind")) && (await dockerAnswers()) && (await run("kind", LINES.kind.list)).split("\n").includes(LOCAL_CLUSTER);
}

export async function removeLocalCluster(report: Report, maker: Maker, name: string): Promise<void> {
  await report.step(`Removing the ${maker} cluster ${name}`, () => run(maker, LINES[maker].remove(name)));
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, all } = await execa(program, args, { reject: false, all: true, stdin: "ignore" });
  if (exitCode !== 0)
    throw new FixableError(`${program} ${args.join(" ")} failed\n${all}`, "correct what it names, and run the command again");
  return stdout;
}
