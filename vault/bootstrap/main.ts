// The program of the CronJob foundation-vault-bootstrap, bundled into one file for plain Node. Its
// arguments are files and directories: the configuration, the fixtures' values, the authority of
// Vault's certificate. Exit 0 when Vault is as it should be, 1 when somebody has to decide, 75 when
// it is not ready yet, 2 when something failed.
import * as fs from "node:fs";
import * as path from "node:path";
import { parseConfiguration, type FixtureValues } from "./configuration";
import { EXIT, NotReadyError } from "./errors";
import { FixableError } from "../../config/fixableError";
import { run } from "./run";

/**
 * What a pod with a new volume may take, and less than the CronJob's deadline, which would end the
 * run without a word (components/vault/bootstrapPod.ts). A run that is still waiting when the next
 * one is due keeps that one from starting.
 */
const PATIENCE_MS = 100_000;
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const read = (...file: string[]) => fs.readFileSync(path.join(...file), "utf8");

async function main(): Promise<void> {
  const [configurationFile = "", fixturesFile = "", caFile = ""] = process.argv.slice(2);
  const account = process.env.SERVICE_ACCOUNT_DIRECTORY ?? SERVICE_ACCOUNT;
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  const report = await run({
    configuration: parseConfiguration(read(configurationFile)),
    fixtures: JSON.parse(read(fixturesFile)) as FixtureValues,
    vaultCa: read(caFile),
    kubernetes: {
      address: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ca: read(account, "ca.crt"),
      namespace: read(account, "namespace"),
      // Read anew: the kubelet replaces it.
      headers: () => ({ authorization: `Bearer ${read(account, "token")}` }),
    },
    patienceMs: PATIENCE_MS,
    log: (line) => console.log(line),
  });
  const { vault, kubernetes } = report.requests;
  const result = report.changed.length === 0 ? "nothing to do" : `${report.changed.length} changes`;
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6).toFixed(2);
  console.log(`Vault is as configured: ${result} (${vault} requests to Vault, ${kubernetes} to Kubernetes, ${cpu} s of CPU)`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof FixableError ? error.message : error);
    process.exit(error instanceof NotReadyError ? EXIT.notReady : error instanceof FixableError ? EXIT.decide : EXIT.failed);
  },
);
