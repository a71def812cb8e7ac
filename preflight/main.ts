// The check's own process: PreflightRequest on standard input, PreflightReport on standard output.
// It is not done in the program's process because the Kubernetes client would double the memory of every preview.
import { text } from "node:stream/consumers";
import { evaluate } from "./evaluate";
import { gather, Unreachable } from "./gather";
import type { PreflightReport, PreflightRequest } from "./types";

async function main(): Promise<PreflightReport> {
  const request = JSON.parse(await text(process.stdin)) as PreflightRequest;
  try {
    return evaluate(request, await gather(request));
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const problem = {
      path: "context",
      message: error.message,
      remedy: "see that `kubectl get namespaces` works with that kubeconfig and context",
    };
    return { problems: [problem], notes: [], adopted: {} };
  }
}

void main().then((report) => process.stdout.write(JSON.stringify(report)));
