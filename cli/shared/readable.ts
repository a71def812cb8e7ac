import { FixableError } from "../../config/fixableError";
import { Unreachable } from "../../kube/kubeconfig";
import { Refused } from "../../kube/live";

/** Codes of a connection that there is not. */
const NO_ANSWER = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EPIPE",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/**
 * What an error says to a person: in plain words where it is of a kind that is known, else with its
 * stack.
 */
export function readable(error: unknown): string {
  const known = inPlainWords(error);
  if (known !== undefined) return known.message;
  const { stack, message, stderr } = error as Error & { stderr?: unknown };
  return [stack ?? message ?? String(error), ...(typeof stderr === "string" && stderr !== "" ? [stderr.trimEnd()] : [])].join("\n");
}

const SEE = "see that `kubectl get namespaces` works with that kubeconfig and context";

/** An error as one that can be fixed; `undefined` for all others. */
export function inPlainWords(error: unknown): FixableError | undefined {
  if (error instanceof FixableError) return error;
  if (error instanceof Unreachable) return new FixableError(error.message, SEE);
  if (error instanceof Refused) return new FixableError(error.message, "grant that, or use another context");
  const spawned = [error, (error as { cause?: unknown }).cause].find(isNoProgram);
  if (spawned) {
    const program = spawned.path ?? spawned.syscall!.replace(/^spawn /, "");
    const remedy = program === "pulumi" ? "install it (https://www.pulumi.com/docs/install/) and put it on the PATH" : "put it on the PATH";
    return new FixableError(`there is no ${program} on the PATH`, remedy);
  }
  const { code, body, message = "", stack = "" } = error as { code?: unknown; body?: unknown; message?: string; stack?: string };
  const refused = connectionOf(error);
  if (refused !== undefined) return new FixableError(`${refused.at} does not answer (${refused.code})`, SEE);
  if (typeof code === "number" && body !== undefined) return new FixableError(`the API server answers ${code}: ${saidBy(body)}`, SEE);
  // A record that is in the list and not imported.
  const [, name] = error instanceof ReferenceError ? (/^(\S+) is not defined$/.exec(message) ?? []) : [];
  const [, file] = /((?:catalog|vault)\/[\w./-]+\.ts:\d+)/.exec(stack.split("\n").find((line) => line.includes(" at ")) ?? "") ?? [];
  if (name !== undefined && file !== undefined) return new FixableError(`${file}: \`${name}\` is not defined`, "import it there");
  return undefined;
}

function isNoProgram(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return code === "ENOENT" && (syscall?.startsWith("spawn") ?? false);
}

/** Where a connection was to lead, of an error or of what caused it. */
function connectionOf(error: unknown, depth = 0): { at: string; code: string } | undefined {
  const { code, address, port, hostname, cause, errors } = error as {
    code?: unknown;
    address?: string;
    port?: number;
    hostname?: string;
    cause?: unknown;
    errors?: unknown[];
  };
  if (typeof code === "string" && NO_ANSWER.has(code)) {
    const host = address ?? hostname;
    if (host !== undefined || depth > 0)
      return { at: host === undefined ? "the server" : port === undefined ? host : `${host}:${port}`, code };
  }
  // Node's fetch says why in the cause, and nothing of it in the error.
  if (
    error instanceof TypeError &&
    error.message === "fetch failed" &&
    cause instanceof Error &&
    connectionOf(cause, depth + 1) === undefined
  )
    return { at: "the server", code: cause.message };
  if (depth > 3) return undefined;
  for (const inner of [cause, ...(Array.isArray(errors) ? errors : [])]) {
    const found = inner == null ? undefined : connectionOf(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the API server says, without the object that it was said of. */
function saidBy(body: unknown): string {
  try {
    const { message } = (typeof body === "string" ? JSON.parse(body) : body) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's page.
  }
  return "no word of what is wrong";
}
