import type { Command } from "commander";
import type { StackOutputs } from "../../catalog/outputs";
import { connect } from "../../kube/client";
import { lookAtCopies } from "../../components/gate/copies";
import { judgeSecrets, judgeStores, listMissing } from "../../components/gate/judge";
import { lookAtStores, lookByList } from "../../components/gate/look";
import type { Missing, Probe } from "../../components/gate/types";
import type { Get } from "../../kube/live";
import type { ExpectedSecret } from "../../catalog/expectedSecrets";
import { awaitAll, patienceOf } from "../../components/gate/wait";
import { visible, visibleJson } from "../../config/visible";
import { createReport } from "../../lab/progress";
import { asked } from "../shared/askCluster";
import { describe, format, onStack } from "../shared/options";
import { existingOutputs } from "../stack/existing";
import { answeringTarget, clientTarget, type TargetOptions } from "../stack/target";

export function smokeCommand(): Command {
  const about = describe({
    name: "smoke",
    description: "Wait until every Secret that should be there is, with all its keys, and every copy in Vault is of the present one.",
    cluster: "the stack's, else the lab; read only",
    examples: [["smoke --stack staging", "before an application is deployed"]],
    environment: [
      ["EXTERNALSECRET_WAIT_ATTEMPTS", "how often it looks (60)"],
      ["EXTERNALSECRET_WAIT_SLEEP", "seconds between (5)"],
    ],
  });
  return onStack(about).addOption(format()).action(act);
}

async function act(options: TargetOptions & { output: "text" | "json" }): Promise<void> {
  const { stack, output } = options;
  const report = createReport();
  const target = await answeringTarget(options);
  const outputs = await existingOutputs(report, target, stack);
  const result = await report.step("Secrets", (update) =>
    smoke({ stack, outputs, target: clientTarget(target), env: process.env, update }),
  );
  process.stdout.write(`${output === "json" ? renderJson(result) : renderText(result)}\n`);
  process.exitCode = exitCode(result);
}

/** What of the stack's outputs is waited for. */
export type SmokeOutputs = Pick<StackOutputs, "cluster" | "services" | "externalSecrets">;

export interface SmokeArgs {
  stack: string;
  outputs: SmokeOutputs;
  /** Absent: `KUBECONFIG`, then `~/.kube/config`. */
  target: { kubeconfig?: string; context?: string };
  /** With how long to wait. */
  env: Readonly<Record<string, string | undefined>>;
  /** Told what is waited for. */
  update: (text: string) => void;
}

/** What `npm run smoke` says; `-o json` prints it as it is. Fields are added, never changed, while `schema` stays. */
export interface SmokeReport {
  schema: 1;
  stack: string;
  checkedAt: string;
  clean: boolean;
  /** What was looked for. */
  secrets: number;
  stores: number;
  copies: number;
  /** How often it was looked. */
  attempts: number;
  seconds: number;
  missing: readonly Missing[];
  notes: readonly string[];
}

/**
 * Waits until everything that reads a Secret can: stores are valid, every ExternalSecret is ready, every Secret has every key that it should, every copy in Vault is of the present Secret. Changes nothing, and keeps no value.
 *
 * @throws FixableError when the cluster cannot be asked
 */
export async function smoke({ stack, outputs, target, env, update }: SmokeArgs): Promise<SmokeReport> {
  const started = performance.now();
  const expected = expectedSecrets(outputs);
  const { stores = [], copies = [] } = outputs.externalSecrets ?? {};
  return asked(async () => {
    const patience = patienceOf(env);
    const { ask } = await connect(target);
    const waiting = (missing: readonly Missing[] | undefined, attempt: number) =>
      update(`${missing === undefined ? "no answer" : `${missing.length} missing`} (${attempt} of ${patience.attempts})`);
    const { missing, attempts } = await awaitAll(
      probesOf((path) => ask("GET", path), outputs, expected),
      patience,
      waiting,
    );
    return {
      schema: 1,
      stack,
      checkedAt: new Date().toISOString(),
      clean: missing.length === 0,
      secrets: expected.length,
      stores: stores.length,
      copies: copies.length,
      attempts,
      seconds: Math.round((performance.now() - started) / 100) / 10,
      missing,
      notes: (outputs.externalSecrets?.leftOut ?? []).map(
        ({ bundle, namespace }) =>
          `the bundle ${bundle} is on and nothing of it is there: it needs the namespace ${namespace} (kubectl create namespace ${namespace}, then \`pulumi up\`)`,
      ),
    };
  }, "grant that, use another context, or correct the variable that it names");
}

/** What is looked at each time. Each of them says what it misses. */
function probesOf(get: Get, outputs: SmokeOutputs, expected: readonly ExpectedSecret[]): Probe[] {
  const { stores = [], copies = [] } = outputs.externalSecrets ?? {};
  const [namespace = ""] = outputs.cluster.split("/");
  const fetched: Probe = async () => {
    const [seen, live] = await Promise.all([lookByList(get, expected), lookAtStores(get, stores)]);
    const bad = judgeStores(stores, live);
    return [...bad, ...judgeSecrets(expected, seen, new Set(bad.map(({ owner }) => owner)))];
  };
  return [fetched, () => lookAtCopies(get, namespace, copies)];
}

/** What the outputs say that there is to be. */
export function expectedSecrets({ services, externalSecrets }: SmokeOutputs): ExpectedSecret[] {
  const databases = Object.entries(services).flatMap(([owner, { namespace, namespaces = [], secret, keys }]) =>
    [namespace, ...namespaces].map((place): ExpectedSecret => {
      return { owner, kind: "service", namespace: place, name: secret, keys, source: "database" };
    }),
  );
  return [...databases, ...(externalSecrets?.secrets ?? []).map((one) => ({ ...one, source: "vault" as const }))];
}

/** 0: everything is there, 1: something is missing. */
export function exitCode({ clean }: SmokeReport): 0 | 1 {
  return clean ? 0 : 1;
}

export function renderText(report: SmokeReport): string {
  const { stack, secrets, stores, copies, missing, seconds, notes } = report;
  const counts = (
    [
      [secrets, "Secret"],
      [stores, "store"],
      [copies, "copy"],
    ] as const
  )
    .filter(([count]) => count > 0)
    .map(counted);
  const of = `${counts.join(", ")} of stack ${stack}`;
  const verdict = missing.length === 0 ? `All there: ${of}, after ${seconds} s` : `${missing.length} missing after ${seconds} s, ${of}`;
  return [...(missing.length === 0 ? [] : [listMissing(missing)]), ...notes.map((note) => visible(`Note: ${note}`)), verdict].join("\n");
}

function counted([count, noun]: readonly [number, string]): string {
  return `${count} ${count === 1 ? noun : noun.replace(/y$/, "ie") + "s"}`;
}

export function renderJson(report: SmokeReport): string {
  return visibleJson(report, 2);
}
