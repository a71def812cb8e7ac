/**
 * Keeps the machine's processes running, inside the sandbox: `supervisor.ts <programs as JSON>`. Descriptor 3 is a
 * socket that listens on the host's loopback: a socket stays in the network it was made in, so that what connects there
 * can be passed on to the API server here, and neither network is changed for it.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { components, type Component, type NodePrograms } from "./components";
import { API_PORT, INSIDE } from "./network";

const RESTART_MS = 1000;
const POLL_MS = 100;

/**
 * Go's collector runs less often than by default: it would take a quarter of the API server's
 * processor time, and the machine has the memory.
 */
const ENVIRONMENT = { ...process.env, GOGC: "400" };

async function main(): Promise<void> {
  const all = components(JSON.parse(process.argv[2]!) as NodePrograms);
  fs.mkdirSync(`${INSIDE}/logs`, { recursive: true });
  forwardApi();
  for (const component of all.filter((one) => !one.needsApi)) keepRunning(component);
  while (!(await apiReady())) await sleep(POLL_MS);
  for (const component of all.filter((one) => one.needsApi)) keepRunning(component);
}

function keepRunning({ name, command: [file, ...args] }: Component): void {
  // One log a start of the lab: an older one would only hide what matters.
  const log = fs.openSync(`${INSIDE}/logs/${name}.log`, "w");
  const start = () => {
    const child = spawn(file, args, { env: ENVIRONMENT, stdio: ["ignore", log, log] });
    let ended = false;
    const again = (how: string) => {
      if (ended) return;
      ended = true;
      fs.writeSync(log, `supervisor: ${name} ${how}; starting it again\n`);
      setTimeout(start, RESTART_MS);
    };
    child.on("error", (error) => again(`cannot be started: ${error.message}`));
    child.on("exit", (code, signal) => again(`ended with ${signal ?? code}`));
  };
  start();
}

function forwardApi(): void {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const api = net.connect({ port: API_PORT, host: "127.0.0.1", allowHalfOpen: true });
    client.on("error", () => api.destroy());
    api.on("error", () => client.destroy());
    client.pipe(api).pipe(client);
  });
  server.listen({ fd: 3 });
}

/** Whether the API server says that it is ready; anyone may ask, and before it is there is nothing to verify it for. */
function apiReady(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.get(
      { host: "127.0.0.1", port: API_PORT, path: "/readyz", ca: fs.readFileSync(`${INSIDE}/pki/ca.crt`) },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on("error", () => resolve(false));
  });
}

void main();
