import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { PreflightReport, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, preflightRequest } from "../support/cluster";

const MAIN = path.join(__dirname, "../../preflight/main.ts");

/** Runs the check as the program does: request in, report out. */
async function check(request: PreflightRequest): Promise<{ report: PreflightReport; stderr: string; code: number | null }> {
  const child = spawn(process.execPath, ["--require", require.resolve("sucrase/register/ts"), MAIN]);
  child.stdin.end(JSON.stringify(request));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { report: JSON.parse(stdout) as PreflightReport, stderr, code };
}

describe("preflight/main", () => {
  let server: ApiServer;
  before(async () => (server = await startApiServer(apiReplies())));
  after(() => server.close());

  it("reports nothing but the adopted password, and that on its standard output alone", async () => {
    const [agents] = preflightRequest().services;
    assert.ok(agents);
    server.replies["GET /api/v1/namespaces/apps/secrets/old"] = {
      type: "Opaque",
      data: { password: Buffer.from("hunter2").toString("base64") },
    };
    server.replies["GET /api/v1/namespaces/apps/secrets/agents-db-secret"] = 404;
    const services = [{ ...agents, adopt: { secret: "old", key: "password" } }];
    const { report, stderr, code } = await check({ ...preflightRequest(), services, kubeconfig: kubeconfigFor(server) });
    assert.deepEqual(report, { problems: [], notes: [], adopted: { agents: "hunter2" } });
    assert.deepEqual([stderr, code, server.unexpected], ["", 0, []]);
  });

  it("reports a cluster that cannot be asked as one problem, without a stack trace", async () => {
    const { report, stderr, code } = await check({ ...preflightRequest(), context: "prod", kubeconfig: kubeconfigFor(server) });
    assert.deepEqual(report, {
      problems: [
        {
          path: "context",
          message: "the kubeconfig has no context `prod` (it has `lab`)",
          remedy: "see that `kubectl get namespaces` works with that kubeconfig and context",
        },
      ],
      notes: [],
      adopted: {},
    });
    assert.deepEqual([stderr, code], ["", 0]);
  });
});
