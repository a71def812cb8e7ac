import { setTimeout as sleep } from "node:timers/promises";
import type { BootstrapConfiguration, FixtureValues } from "./configuration";
import { configure } from "./configure";
import type { Context } from "./context";
import type { Keys } from "./credentials";
import { NotReadyError } from "./errors";
import { writeFixtures } from "./fixtures";
import { connect, persistent, type Endpoint } from "../../kube/http";
import { obtainKeys } from "./keys";
import { kubeApi } from "./kubeApi";
import { ensureUnsealed, requireToken } from "./unsealed";
import { vaultApi } from "./vaultApi";

export interface RunOptions {
  readonly configuration: BootstrapConfiguration;
  readonly fixtures: FixtureValues;
  /** The authority that has signed Vault's certificate, as PEM. */
  readonly vaultCa: string;
  readonly kubernetes: Endpoint & { readonly namespace: string };
  /** How long the run may wait for others, in milliseconds. */
  readonly patienceMs: number;
  /** Takes a line: what is waited for. */
  readonly log: (line: string) => void;
}

export interface Report {
  /** What was changed, in order; empty when everything was as it should be. */
  readonly changed: readonly string[];
  /** How many questions were asked of Vault and of the API server. */
  readonly requests: { readonly vault: number; readonly kubernetes: number };
}

/**
 * Brings Vault from whatever state it is in to the configured one: initialised, unsealed,
 * configured, fixtures written. Each step looks before it writes, so that it may be killed anywhere
 * and begun again, and run twice at once.
 * @throws {FixableError} When it takes somebody to decide, or (NotReadyError) something did not
 * become ready in time.
 */
export async function run({ configuration, fixtures, vaultCa, kubernetes, patienceMs, log }: RunOptions): Promise<Report> {
  const deadline = performance.now() + patienceMs;
  const changes: string[] = [];
  const requests = { vault: 0, kubernetes: 0 };
  // Once they are known, every question to Vault is asked with the root token.
  const session: { keys?: Keys } = {};
  let waitsFor = "";
  const counted = (ask: ReturnType<typeof connect>, which: keyof typeof requests): typeof ask => {
    return (...question) => {
      requests[which]++;
      return ask(...question);
    };
  };
  const askVault = counted(
    connect({
      address: configuration.address,
      ca: vaultCa,
      headers: () => ({ ...(session.keys && { "x-vault-token": session.keys.rootToken }) }),
    }),
    "vault",
  );
  const context: Context = {
    configuration,
    vault: vaultApi(persistent(askVault)),
    askVaultOnce: askVault,
    kube: kubeApi(persistent(counted(connect(kubernetes), "kubernetes")), kubernetes.namespace),
    changed: (what) => {
      changes.push(what);
      log(what);
    },
    waiting: (what) => {
      if (what !== waitsFor) log(`waiting for ${what}`);
      waitsFor = what;
    },
    sleep: async (milliseconds) => {
      if (performance.now() + milliseconds > deadline) {
        throw new NotReadyError(
          `It took longer than ${patienceMs / 1000} s to wait for ${waitsFor}`,
          "none is needed if it was only slow: the next run goes on",
        );
      }
      await sleep(milliseconds);
    },
  };
  session.keys = await obtainKeys(context);
  await ensureUnsealed(context, session.keys);
  await requireToken(context);
  await configure(context);
  await writeFixtures(context, fixtures);
  return { changed: changes, requests };
}
