import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { CredentialSummary } from "../../../catalog/outputs";
import { PROJECT, run, type Kinds, type Run } from "../../support/program";
import { AZURE_KINDS, VAULT_KINDS } from "../../support/providerKinds";
import { asEngineValues } from "../../support/stackFiles";
import { warnings } from "../../support/warnings";
import type { KubeObject } from "./client";

/** A stack's settings, without the project's name before each. */
export interface Settings {
  [setting: string]: unknown;
  namespace: string;
  cluster: Record<string, unknown>;
  services: Record<string, Record<string, unknown>>;
}

export interface Outputs {
  cluster: string;
  owner: pulumi.Output<string>;
  services: Record<string, CredentialSummary>;
}

/** Who asks, and with which state. */
export interface Asking {
  /** The path of a kubeconfig. */
  readonly kubeconfig: string;
  /** The stack's name. */
  readonly stack: string;
  /** What tells its state from others, in hexadecimal digits. */
  readonly state: string;
}

/** What the program makes of a stack: a refusal, or all that is to be made. */
export interface Attempt {
  /** What the engine would show as its one diagnostic. */
  readonly refusal?: string;
  readonly made?: Run<Outputs>;
  /** The `type::name` of everything that it has asked the engine for. */
  readonly registered: readonly string[];
  readonly warnings: string;
}

// Nobody applies roles where there is no operator, and whether one does is asked after everything
// that is asked here.
const applied = require.resolve("../../../rotation/applied");
const AppliedRoles = class {
  applied = () => Promise.resolve();
};
require.cache[applied] = { id: applied, loaded: true, exports: { AppliedRoles } } as unknown as NodeJS.Module;

/**
 * The whole program, in this process and without an engine; the API server that it asks is a real
 * one.
 */
export async function attempt(settings: Settings, { kubeconfig, stack, state }: Asking): Promise<Attempt> {
  const kinds: Kinds = {
    ...AZURE_KINDS,
    ...VAULT_KINDS,
    "random:index/randomId:RandomId": () => ({ hex: state }),
    // Two states have no password in common.
    "random:index/randomPassword:RandomPassword": (name) => ({
      result: createHash("sha256").update(`${state} ${name}`).digest("hex").slice(0, 32),
    }),
  };
  const registered: string[] = [];
  const former = process.env.KUBECONFIG;
  process.env.KUBECONFIG = kubeconfig;
  let outcome: Pick<Attempt, "refusal" | "made"> = {};
  try {
    const said = await warnings(async () => {
      try {
        outcome = { made: await run(() => program(settings), { stack, registered, kinds }) };
      } catch (error) {
        if (!pulumi.RunError.isInstance(error)) throw error;
        outcome = { refusal: error.message };
      }
    });
    return { ...outcome, registered, warnings: said };
  } finally {
    if (former === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = former;
  }
}

async function program(settings: Settings): Promise<Outputs> {
  const values = Object.entries(asEngineValues(settings)).map(([key, value]) => [`${PROJECT}:${key}`, value]);
  const secrets = ["vaultValues", "kubeconfig"].map((key) => `${PROJECT}:${key}`);
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>, secrets);
  return (await import("../../../index")).default();
}

/**
 * What of a program's resources the provider would send to the API server. Patches, of objects that
 * are somebody else's, are not among it.
 */
export function objectsOf({ resources }: Pick<Run<unknown>, "resources">): KubeObject[] {
  return resources
    .filter(({ id }) => id.startsWith("kubernetes:") && !id.split("::")[0]!.endsWith("Patch"))
    .map(({ inputs }) => inputs as unknown as KubeObject);
}

/**
 * By their paths, what a refusal says of each: `Secret/x`, and
 * `exists in y and was not made by this program; remove it`.
 */
export function problemsOf(refusal: string): Map<string, string> {
  const [title = "", ...lines] = refusal.split("\n");
  const problems = lines.map((line): [string, string] => {
    const [, path, words] = /^ {2}- (.*?): (.*)$/.exec(line) ?? [];
    assert.ok(path !== undefined && words !== undefined, `not a problem: ${line}`);
    return [path, words];
  });
  assert.match(title, new RegExp(`: ${problems.length} problems?, nothing was changed$`));
  const [paths, byPath] = [problems.map(([path]) => path), new Map<string, string>()];
  for (const [path, words] of problems) byPath.set(path, [byPath.get(path), words].filter(Boolean).join("\n"));
  assert.ok(paths.length > 0, refusal);
  return byPath;
}
