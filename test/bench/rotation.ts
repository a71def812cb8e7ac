import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { execa } from "execa";
import { Client } from "pg";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { parse, stringify } from "yaml";
import { catalogue } from "../../catalog/services";
import { resolveNames, roleSecret } from "../../catalog/names";
import type { RotationEntry } from "../../config/rotation";
import type { Strategy } from "../../config/schema";
import { authorities } from "../../cli/shared/login";
import { openTunnel, type Tunnel } from "../../preflight/postgres/tunnel";
import type { Report } from "../../lab/progress";
import { kubectlPath } from "../../lab/toolchain";
import { rotated, switched } from "../../rotation/entry";
import { devConfig } from "./configurations";
import { figure, type Figure } from "./figures";
import type { Run } from "./measure";
import { makeStack, pulumi, type BenchStack, type Place } from "./stacks";
import { percentile, spread } from "./statistics";

const ROTATIONS = 100;
const PART = "rotation";
const PATIENCE_MS = 60_000;
const SERVICES = catalogue.map((record) => ({ name: record.name, ...resolveNames(record), roleSecret: roleSecret(record.name, "owner") }));

/** Where a stack's Postgres is found from here. */
interface Way {
  core: CoreV1Api;
  namespace: string;
  host: string;
  tunnel: Tunnel;
  ca: string;
}

/**
 * How long CloudNativePG takes from a changed Secret to the first login with the new password; and all services rotated in one up, against as many bare
 * changes of Secrets, which prove nothing and restart nothing.
 */
export async function* measureRotation(report: Report, place: Place, directory: string, runs: number): AsyncGenerator<Figure> {
  const config = await devConfig(place.lab);
  const stack = await makeStack(place, { name: "bench-rotation", project: "cnpg-credentials", directory, config });
  await report.step("Up of the stack that is rotated", () => pulumi(stack, "up"));
  const way = await openWay(place, stack);
  try {
    const patched: number[] = [];
    await report.step(`${ROTATIONS} changes of a Secret`, async (update) => {
      for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
        patched.push(await untilLogin(way, SERVICES[rotation % SERVICES.length]!));
        if (rotation % 10 === 0) update(`${rotation}`);
      }
    });
    for (const share of [50, 95])
      yield figure(PART, `Secret change to first login: p${share} of ${ROTATIONS}`, "ms", [percentile(patched, share) / 1000]);

    // What was changed by hand is the program's again.
    await report.step("Up that writes the Secrets again", () => pulumi(stack, "up", "--refresh"));
    let entries = SERVICES.map(({ name }): [string, RotationEntry] => [name, {}]);
    let before: Strategy = "inPlace";
    const all = (change: (entry: RotationEntry) => RotationEntry) => {
      entries = entries.map(([name, entry]) => [name, change(entry)]);
      return Object.fromEntries(entries);
    };
    const to = (strategy: Strategy) => {
      const services = all((entry) => (before === strategy ? entry : switched(before, entry)));
      before = strategy;
      return { strategy, services };
    };
    const rotations: Record<string, Run[]> = { "in place": [], alternating: [] };
    const bare: { patches: number; applied: number }[] = [];
    for (let run = 1; run <= runs; run++) {
      for (const strategy of ["inPlace", "alternating"] as const) {
        // To the strategy first: this is about a turn, not about a change of strategy.
        await rotate(stack, to(strategy));
        const what = strategy === "inPlace" ? "in place" : "alternating";
        await report.step(`Rotation of ${SERVICES.length} services, ${what} (${run} of ${runs})`, async () =>
          rotations[what]!.push(await rotate(stack, { strategy, services: all((entry) => rotated(strategy, entry)) })),
        );
      }
      await rotate(stack, to("inPlace"));
      bare.push(await report.step(`${SERVICES.length} patches with kubectl (${run} of ${runs})`, () => patchAll(place, way)));
      await pulumi(stack, "up", "--refresh");
    }
    for (const [what, list] of Object.entries(rotations)) {
      yield figure(
        PART,
        `${SERVICES.length} services, ${what}, up: time`,
        "s",
        list.map(({ wall }) => wall),
      );
      yield figure(
        PART,
        `${SERVICES.length} services, ${what}, up: CPU`,
        "s",
        list.map(({ cpu }) => cpu),
      );
    }
    yield figure(
      PART,
      `${SERVICES.length} bare patches with kubectl: time`,
      "s",
      bare.map(({ patches }) => patches),
    );
    yield figure(
      PART,
      `${SERVICES.length} bare patches with kubectl, all logins work: time`,
      "s",
      bare.map(({ applied }) => applied),
    );
    const baseline = spread(bare.map(({ applied }) => applied)).median;
    for (const [what, list] of Object.entries(rotations))
      yield figure(
        PART,
        `up, ${what}, against bare patches until logins work`,
        "ratio",
        list.map(({ wall }) => wall / baseline),
      );
  } finally {
    await way.tunnel.close();
  }
  await report.step("Destroying the stack that was rotated", () => pulumi(stack, "destroy"));
}

async function rotate(stack: BenchStack, rotation: Record<string, unknown>): Promise<Run> {
  const file = parse(await fs.readFile(stack.configFile, "utf8")) as { config: Record<string, unknown> };
  // Nothing but the measurement uses these credentials.
  file.config["cnpg-credentials:rotation"] = { settleSeconds: 0, ...rotation };
  await fs.writeFile(stack.configFile, stringify(file));
  return pulumi(stack, "up");
}

async function openWay({ lab }: Place, { name: namespace }: BenchStack): Promise<Way> {
  const config = new KubeConfig();
  config.loadFromFile(lab.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const pods = await core.listNamespacedPod({ namespace, labelSelector: "cnpg.io/instanceRole=primary" });
  const labels = pods.items[0]!.metadata!.labels!;
  const cluster = labels["cnpg.io/cluster"]!;
  const ca = await authorities(config, namespace, cluster);
  const tunnel = await openTunnel(config, namespace, pods.items[0]!.metadata!.name!);
  return { core, namespace, host: `${cluster}-rw.${namespace}.svc`, tunnel, ca };
}

type BenchService = (typeof SERVICES)[number];

/** Changes a role's Secret; milliseconds until its password lets somebody in. */
async function untilLogin(way: Way, service: BenchService): Promise<number> {
  const password = newPassword();
  const started = performance.now();
  const request = { namespace: way.namespace, name: service.roleSecret, body: { stringData: { password } } };
  await way.core.patchNamespacedSecret(request, setHeaderOptions("Content-Type", PatchStrategy.MergePatch));
  await loginWorks(way, service, password);
  return performance.now() - started;
}

async function patchAll({ lab }: Place, way: Way): Promise<{ patches: number; applied: number }> {
  const kubectl = await kubectlPath();
  const started = performance.now();
  const passwords = new Map<BenchService, string>();
  for (const service of SERVICES) {
    const password = newPassword();
    passwords.set(service, password);
    const patch = ["patch", "secret", service.roleSecret, "--type=merge", "--patch", JSON.stringify({ stringData: { password } })];
    await execa(kubectl, ["--context", lab.context, "-n", way.namespace, ...patch], { env: { KUBECONFIG: lab.kubeconfig } });
  }
  const patches = (performance.now() - started) / 1000;
  await Promise.all([...passwords].map(([service, password]) => loginWorks(way, service, password)));
  return { patches, applied: (performance.now() - started) / 1000 };
}

async function loginWorks({ tunnel, host, ca }: Way, { role: user, database }: BenchService, password: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const ssl = { ca, servername: host };
    const client = new Client({ host: "127.0.0.1", port: tunnel.port, user, password, database, ssl, connectionTimeoutMillis: 15_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const newPassword = () => randomBytes(24).toString("base64url");
