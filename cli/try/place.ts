// Where a trial is: what this machine has to remember of it, and the directory of its stack.
import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { asConfig, PROJECT } from "../../config/settings";
import { FixableError } from "../../config/fixableError";
import { isMissing, labName } from "../../lab/paths";
import type { Maker } from "../stack/localCluster";
import { useProject } from "../stack/project";
import { dataDirectory, type TargetOptions } from "../stack/target";

export const STACK = "try";
export const NAMESPACE = "cnpg-try";
/** The name of a cluster that is made for it. */
export const CLUSTER = "cnpg-try";
/** Where a node can pull it. */
export const IMAGE = "ghcr.io/cloudnative-pg/postgresql:17.12-standard-bookworm";
export const SERVICES = ["shop", "orders"] as const;

/** Everything that was made for a trial, and is removed with it. */
export interface Trial {
  /** Tells its namespace from one that somebody else has made in the same cluster. */
  readonly id: string;
  readonly kind: "lab" | "own";
  readonly context?: string;
  readonly kubeconfig?: string;
  /** Whether the lab was started for it. */
  readonly startedLab?: true;
  /** The program that has made a cluster for it. */
  readonly maker?: Maker;
}

/** Everything of a trial on this machine. A clone has one at a time. */
export const trialDirectory = (): string => path.join(dataDirectory(), `try-${labName()}`);
const recordFile = () => path.join(trialDirectory(), "trial.json");
const project = () => path.join(trialDirectory(), "project");

/** The mark of a new trial. */
export const newTrialId = (): string => randomBytes(8).toString("hex");

/** The trial that there is, if any. */
export async function readTrial(): Promise<Trial | undefined> {
  try {
    return JSON.parse(await fs.readFile(recordFile(), "utf8")) as Trial;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** @throws FixableError when there is none */
export async function requireTrial(): Promise<Trial> {
  const found = await readTrial();
  if (found === undefined) throw new FixableError("nothing is tried at the moment", "`cnpg-credentials try` begins");
  return found;
}

/** Before anything is made: what a killed run has made is found by `--down`. */
export async function rememberTrial(trial: Trial): Promise<void> {
  await fs.mkdir(trialDirectory(), { recursive: true, mode: 0o700 });
  await fs.writeFile(recordFile(), `${JSON.stringify(trial, undefined, 2)}\n`, { mode: 0o600 });
}

export const forgetTrial = (): Promise<void> => fs.rm(trialDirectory(), { recursive: true, force: true });

/** Where commands work on it. */
export function optionsOf({ kind, context, kubeconfig }: Trial): TargetOptions {
  if (kind === "lab") return { stack: STACK, lab: true };
  return { stack: STACK, ...(context === undefined ? {} : { context }), ...(kubeconfig === undefined ? {} : { kubeconfig }) };
}

const RECORDS: Readonly<Record<(typeof SERVICES)[number], string>> = {
  shop: "description: A web shop, whose two logins take turns\n",
  orders: "description: The orders of the shop, with one login\n",
};

/**
 * The settings of `Pulumi.try.yaml`. `shop` has two logins that take turns, `orders` one: the
 * difference is what there is to see.
 */
export function trialSettings(context: string): Record<string, unknown> {
  return {
    environment: "dev",
    namespace: NAMESPACE,
    context,
    catalog: "catalog",
    cluster: {
      name: "postgres",
      instances: 1,
      image: IMAGE,
      storage: { size: "1Gi" },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
      protection: "none",
    },
    // The client reads its Secret for each login: it need not be waited for.
    rotation: { settleSeconds: 0 },
    services: { shop: { rotation: { strategy: "alternating" } }, orders: {} },
  };
}

/**
 * Has this process work on the trial: its stack's file, its catalogue, and a state and a
 * passphrase of its own, wherever somebody is logged in.
 */
export async function enterTrial({ context = "lab" }: Pick<Trial, "context">): Promise<void> {
  const directory = project();
  await fs.mkdir(path.join(directory, "catalog/services"), { recursive: true, mode: 0o700 });
  const own = (name: string) => path.join(directory, name);
  await writeOnce(own("Pulumi.yaml"), stringify({ name: PROJECT, runtime: "nodejs" }));
  for (const [service, text] of Object.entries(RECORDS)) await writeOnce(own(`catalog/services/${service}.yaml`), text);
  // A rotation is written into it, and stays.
  await writeOnce(own(`Pulumi.${STACK}.yaml`), stringify({ config: asConfig(trialSettings(context)) }));
  const state = path.join(trialDirectory(), "state");
  await fs.mkdir(state, { recursive: true, mode: 0o700 });
  const passphrase = path.join(trialDirectory(), "passphrase");
  await writeOnce(passphrase, randomBytes(24).toString("base64url"));
  Object.assign(process.env, { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase });
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  useProject(directory);
}

async function writeOnce(file: string, text: string): Promise<void> {
  await fs.writeFile(file, text, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
