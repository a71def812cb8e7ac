import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { NoPreview, readPreview } from "./preview";
import { renderJson, renderMarkdown } from "./render";
import { exitCode, review } from "./report";
import { inPlainWords } from "./diagnostics";
import { recordsIn } from "../../catalog/records";
import { FixableError } from "../../config/fixableError";
import { catalogOf } from "../stack/stackFile";

/** The command line. */
export interface ReviewOptions {
  stack: string;
  /** A recorded preview: a file, or `-`. */
  from?: string;
  /** The engine's log of events of the same. */
  events?: string;
  output: "md" | "json";
  all?: true;
  marker?: true;
}

/** How the engine is asked. */
export interface PreviewRequest {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The stack's file, where it is not the one in `cwd`. */
  readonly configFile?: string;
  /** The policy pack's directory. */
  readonly policyPack?: string;
}

/** A preview as it was told. */
interface Recorded {
  readonly text: string;
  readonly events?: string;
  readonly hasFailed: boolean;
}

/**
 * What a preview would change, for a reviewer.
 *
 * @param request absent where a recorded preview is named
 * @throws FixableError when there is no preview to read
 */
export async function reviewStack(options: ReviewOptions, request?: PreviewRequest): Promise<{ text: string; exitCode: 0 | 1 | 2 }> {
  const recorded = request === undefined ? await readRecorded(options) : await runPreview(options.stack, request);
  const preview = parse(recorded, options);
  const stack = stackOf(preview.steps) ?? options.stack;
  const found = review(stack, preview, recorded.hasFailed, recordsIn(await catalogOf(stack))?.catalogue);
  const { all = false, marker = false } = options;
  return { text: options.output === "json" ? renderJson(found) : renderMarkdown(found, { all, marker }), exitCode: exitCode(found) };
}

function parse({ text, events }: Recorded, { from }: ReviewOptions): ReturnType<typeof readPreview> {
  try {
    return readPreview(text, events);
  } catch (error) {
    if (!(error instanceof NoPreview)) throw error;
    throw new FixableError(
      `${from === "-" ? "standard input" : (from ?? "pulumi")}: ${error.message}`,
      "record one: `pulumi preview --json > FILE`",
    );
  }
}

const stackOf = (steps: readonly { urn: string }[]): string | undefined => steps[0]?.urn.split("::")[0]?.split(":").at(-1);

async function readRecorded({ from = "-", events }: ReviewOptions): Promise<Recorded> {
  const read = (file: string) =>
    fs.readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
      throw new FixableError(`${file} cannot be read (${cause.code ?? "unknown"})`, "name a file that there is");
    });
  const [recorded, log] = await Promise.all([
    from === "-" ? text(process.stdin) : read(from),
    events === undefined ? undefined : read(events),
  ]);
  return { text: recorded, ...(log === undefined ? {} : { events: log }), hasFailed: false };
}

async function runPreview(stack: string, { cwd, env, configFile, policyPack }: PreviewRequest): Promise<Recorded> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-review-"));
  try {
    const log = path.join(directory, "events.json");
    const { exitCode, stdout, stderr } = await execa(
      "pulumi",
      [
        ...["preview", "--json", "--non-interactive", "--stack", stack],
        ...(configFile === undefined ? [] : ["--config-file", configFile]),
        ...(policyPack === undefined ? [] : ["--policy-pack", policyPack, "--event-log", log]),
      ],
      // What the policy pack says is in the log of events only, and the engine has that option for those who ask for it.
      { cwd, env: { ...env, PULUMI_DEBUG_COMMANDS: "true" }, extendEnv: false, stdin: "ignore", reject: false },
    );
    if (exitCode === undefined) throw new FixableError("pulumi cannot be started", "put it on the PATH");
    if (!stdout.includes("{") && exitCode !== 0)
      throw new FixableError(
        `pulumi preview of stack ${stack} failed\n${inPlainWords(stderr).join("\n")}`,
        "fix what it names, and run the command again",
      );
    const events = policyPack === undefined ? undefined : await fs.readFile(log, "utf8").catch(() => undefined);
    return { text: stdout, ...(events === undefined ? {} : { events }), hasFailed: exitCode !== 0 };
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}
