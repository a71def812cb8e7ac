// The program of the CronJobs secrets-smoke-<gate>, bundled into one file for plain Node. Its argument is the file with what it waits for. Exit 0 when every Secret has
// every key, 1 when something is missing in the end, 2 when it failed.
import * as fs from "node:fs";
import * as path from "node:path";
import { connect, persistent } from "../../kube/http";
import { judgeSecrets, listMissing } from "./judge";
import { lookByName } from "./look";
import { Refused } from "../../kube/live";
import type { ExpectedSecret } from "../../catalog/expectedSecrets";
import { awaitAll, patienceOf } from "./wait";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const read = (...file: string[]) => fs.readFileSync(path.join(...file), "utf8");

async function main(): Promise<boolean> {
  const expected = JSON.parse(read(process.argv[2] ?? "")) as ExpectedSecret[];
  const account = process.env.SERVICE_ACCOUNT_DIRECTORY ?? SERVICE_ACCOUNT;
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  const ask = persistent(
    connect({
      address: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ca: read(account, "ca.crt"),
      headers: () => ({ authorization: `Bearer ${read(account, "token")}` }),
    }),
  );
  const probe = async () => judgeSecrets(expected, await lookByName((question) => ask("GET", question), expected));
  const patience = patienceOf(process.env);
  const { missing } = await awaitAll([probe], patience, (found, attempt) => {
    const what = found === undefined ? "the API server does not answer" : found.map((one) => one.what).join("; ");
    console.log(`${attempt} of ${patience.attempts}: ${what}`);
  });
  console.log(missing.length === 0 ? `All there: ${expected.map(({ name }) => name).join(", ")}` : listMissing(missing));
  return missing.length === 0;
}

main().then(
  (isComplete) => process.exit(isComplete ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Refused ? error.message : error);
    process.exit(2);
  },
);
