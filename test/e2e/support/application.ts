import * as path from "node:path";
import { CoreV1Api, type V1EnvVar } from "@kubernetes/client-node";
import type { ServiceRecord } from "../../../catalog/record";
import { resolveNames } from "../../../catalog/names";
import { credentialKeys } from "../../../catalog/templates";
import type { AnswerLine } from "../client/protocol";
import { templateOf } from "../../support/templateOf";
import { bundle } from "./bundle";
import { sleep } from "./clock";
import { followLogs, kubectl, NAMESPACE, target } from "./lab";
import { nodePod } from "./nodePod";
import { apply } from "./workloads";

const PROGRAM = path.join(__dirname, "../client/atStart.ts");
const PERIOD_MS = 250;
const LOOK_MS = 500;
/** SQLSTATE class 28: invalid authorization specification. */
const REFUSED = /^28/;

/** A time, in milliseconds since 1970, in which an application's password had ended. */
export interface Dead {
  readonly from: number;
  /** `undefined`: it still does not. */
  readonly to: number | undefined;
}

/** A Deployment whose pod logs in with what a service's Secret said at its start. */
export interface Application {
  readonly name: string;
  /** In the order in which they began. */
  dead(): Dead[];
  stop(): Promise<void>;
}

/** Starts an application of a service, and follows all its pods' words: a restart removes pods. */
export async function startApplication(record: ServiceRecord): Promise<Application> {
  const { secret } = resolveNames(record);
  const { user, password, host, port, database } = credentialKeys(templateOf(record));
  const name = `reads-${record.name}-at-start`;
  const from = (variable: string, key = ""): V1EnvVar => ({ name: variable, valueFrom: { secretKeyRef: { name: secret, key } } });
  const env = [
    ...[from("DB_HOST", host), from("DB_PORT", port), from("DB_USER", user)],
    ...[from("DB_PASSWORD", password), from("DB_NAME", database), from("CA", "ca.crt")],
    { name: "PERIOD_MS", value: String(PERIOD_MS) },
  ];
  const { spec } = await nodePod(name, { program: `require("/program/client.cjs")`, env });
  const metadata = { name, namespace: NAMESPACE };
  const labels = { app: name };
  const pod = {
    ...spec,
    restartPolicy: "Always",
    volumes: [{ name: "program", configMap: { name } }],
    containers: [{ ...spec!.containers[0], volumeMounts: [{ name: "program", mountPath: "/program", readOnly: true }] }],
  };
  await apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "client.cjs": bundle(PROGRAM) } });
  const deployment = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  await apply({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment });
  await kubectl("-n", NAMESPACE, "rollout", "status", `deployment/${name}`, "--timeout=120s");

  const answers = new Map<string, AnswerLine[]>();
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Some tests lose the API server: the pod's log is then read anew from its beginning. */
  const followed = async (pod: string) => {
    let isOver = false;
    while (!isOver && !signal.aborted) {
      const lines: AnswerLine[] = [];
      const read = (text: string) => {
        lines.push(JSON.parse(text) as AnswerLine);
        if (lines.length >= answers.get(pod)!.length) answers.set(pod, lines);
      };
      isOver = await followLogs(pod, read, signal).catch(() => false);
      const isThere = () => kubectl("-n", NAMESPACE, "get", "pod", pod, "--ignore-not-found", "-o", "name");
      isOver ||= (await isThere().catch(() => "unknown")) === "";
      await sleep(LOOK_MS);
    }
  };
  const running = (async () => {
    const { config } = await target();
    const core = config.makeApiClient(CoreV1Api);
    const all: Promise<void>[] = [];
    while (!signal.aborted) {
      const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${name}` }).catch(() => ({ items: [] }));
      for (const { metadata, status } of items) {
        const pod = metadata!.name!;
        if (answers.has(pod) || status?.phase !== "Running") continue;
        answers.set(pod, []);
        all.push(followed(pod));
      }
      await sleep(LOOK_MS);
    }
    await Promise.all(all);
  })();
  return {
    name,
    dead: () => deadTimes([...answers.values()].flat()),
    stop: async () => {
      stopping.abort();
      await running;
      await kubectl("-n", NAMESPACE, "delete", `deployment/${name}`, `configmap/${name}`, "--ignore-not-found", "--wait=false");
    },
  };
}

/** From the first refusal until the next login that works, in whichever pod. */
export function deadTimes(answers: readonly AnswerLine[]): Dead[] {
  const dead: { from: number; to: number | undefined }[] = [];
  for (const { at, code } of answers.toSorted((one, other) => one.at - other.at)) {
    const last = dead.at(-1);
    const isDead = last !== undefined && last.to === undefined;
    if (REFUSED.test(code) && !isDead) dead.push({ from: at, to: undefined });
    if (code === "" && isDead) last.to = at;
  }
  return dead;
}
