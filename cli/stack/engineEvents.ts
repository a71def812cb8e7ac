import { visible, visibleLines } from "../../config/visible";

/** A step of the engine's, as far as it is read here. */
interface Step {
  readonly metadata: { readonly op: string; readonly urn: string; readonly old?: Registered | null; readonly new?: Registered | null };
}

interface Registered {
  /** Whether a provider has it, and not the program alone. */
  readonly custom?: boolean;
}

/**
 * What `pulumi up --json` prints a line of for everything that happens (sdk/go/common/apitype,
 * EngineEvent), as far as it is read here.
 */
interface EngineEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly prefix?: string;
    readonly message: string;
    readonly severity: string;
    /** What a resource is waiting for at the moment. */
    readonly ephemeral?: boolean;
  };
  readonly resourcePreEvent?: Step;
  readonly resOutputsEvent?: Step;
  readonly resOpFailedEvent?: Step;
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
  readonly errorEvent?: { readonly error: string };
}

/**
 * What the engine does to a resource: its sign, while it does it, and afterwards. Whatever is not
 * here leaves the resource as it is.
 */
const OPERATIONS: Readonly<Record<string, readonly [sign: string, now: string, afterwards: string]>> = {
  create: ["+ ", "creating", "created"],
  update: ["~ ", "updating", "updated"],
  delete: ["- ", "deleting", "deleted"],
  replace: ["+-", "replacing", "replaced"],
  "create-replacement": ["++", "creating replacement", "created replacement"],
  "delete-replaced": ["--", "deleting original", "deleted original"],
  import: ["= ", "importing", "imported"],
  "import-replacement": ["=>", "importing replacement", "imported replacement"],
};
const UNCHANGED = "same";
/** Steps that a replacement is made of, besides the one that says so. */
const IS_PART = /^(create|import)-replacement |^delete-replaced /;

/**
 * How long nothing is under way until the engine counts as stuck. A program that is asked for
 * nothing makes its next resource within a second.
 */
const STUCK_MS = 15_000;

/** What an update says of no resource is the stack's. */
const STACK = "pulumi:pulumi:Stack";

/**
 * What an update has come to, by the engine's events. Among them are the SDK's notes for its own
 * developers, with secrets in plain text: nothing is kept or shown but what is picked out here.
 */
export class EngineEvents {
  readonly #begun = new Map<string, number>();
  readonly #ended = new Set<string>();
  readonly #diagnostics = new Map<string, string[]>();
  readonly #warnings: string[] = [];
  /** Steps of providers' resources: a component ends with the program. */
  readonly #underWay = new Set<string>();
  readonly #left = new Set<string>();
  #changed = 0;
  #last: number;
  #counts: Readonly<Record<string, number>> = {};

  /**
   * @param before How many resources the state had. Those of a first update are known when the
   * program has made them.
   * @param stuckMs How long nothing is under way until the engine counts as stuck.
   */
  constructor(
    private readonly before = 0,
    private readonly now: () => number = () => performance.now(),
    private readonly stuckMs = STUCK_MS,
  ) {
    this.#last = now();
  }

  /**
   * The resources for which the engine waits for ever: each should have been deleted and made anew,
   * and its deletion has failed. With `--continue-on-error` the engine then never answers the
   * program, which waits for that resource. Empty while anything else is under way.
   */
  get stuck(): readonly string[] {
    return this.#underWay.size > 0 || this.now() - this.#last < this.stuckMs ? [] : [...this.#left].map((urn) => titleOf(urn));
  }

  /** How far it is: `37 of 118 resources, 12 changed`. */
  get progress(): string {
    const [ended, begun] = [this.#ended, this.#begun.keys()].map((keys) => [...keys].filter((key) => !IS_PART.test(key)).length);
    return `${ended} of ${Math.max(this.before, begun!)} resources, ${this.#changed} changed`;
  }

  /** What was done in all: `+ 14 created, 62 unchanged`. */
  get summary(): string {
    const parts = Object.entries(this.#counts).flatMap(([operation, count]) => {
      const [sign, , afterwards] = OPERATIONS[operation] ?? [];
      return sign === undefined || count === 0 ? [] : [`${sign.trim()} ${count} ${afterwards}`];
    });
    const { [UNCHANGED]: unchanged = 0 } = this.#counts;
    return [...parts, ...(unchanged === 0 ? [] : [`${unchanged} unchanged`])].join(", ");
  }

  /** Whether it has begun to change a resource. */
  get hasBegun(): boolean {
    return [...this.#begun.keys()].some((key) => Object.hasOwn(OPERATIONS, key.split(" ", 1)[0]!));
  }

  get isChanged(): boolean {
    return Object.entries(this.#counts).some(([operation, count]) => count > 0 && Object.hasOwn(OPERATIONS, operation));
  }

  /** What the program, not a provider, has to say. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** What was said of each resource, and of the stack; empty when nothing was. */
  get diagnostics(): readonly string[] {
    return [...this.#diagnostics].flatMap(([about, lines]) => [`  ${about}:`, ...lines.map((line) => `    ${line}`)]);
  }

  /**
   * Takes in an event.
   *
   * @param line of JSON
   * @returns lines for people, if there is anything to say of it
   */
  read(line: string): readonly string[] {
    const event = parsed(line);
    if (event === undefined) return [];
    this.#last = this.now();
    const { diagnosticEvent, policyEvent, summaryEvent, errorEvent } = event;
    if (event.resourcePreEvent) return this.#begin(event.resourcePreEvent);
    if (event.resOutputsEvent) return this.#end(event.resOutputsEvent);
    if (event.resOpFailedEvent) return this.#end(event.resOpFailedEvent, "failed");
    if (summaryEvent) this.#counts = summaryEvent.resourceChanges ?? {};
    if (errorEvent) return this.#say(undefined, `error: ${errorEvent.error}`);
    if (policyEvent) {
      const { resourceUrn, policyName, message, enforcementLevel } = policyEvent;
      return this.#say(resourceUrn, `${enforcementLevel === "mandatory" ? "error" : "warning"}: ${policyName}: ${message}`);
    }
    if (diagnosticEvent === undefined || diagnosticEvent.severity === "debug") return [];
    const { urn, prefix = "", message, severity, ephemeral } = diagnosticEvent;
    if (ephemeral) return message.trim() === "" ? [] : [`    ${titleOf(urn)} ${visible(message.trim())}`];
    if (severity === "warning" && (urn === undefined || kindOf(urn) === STACK)) this.#warnings.push(...linesOf(message));
    return this.#say(urn, prefix + message);
  }

  #begin({ metadata: { op, urn, old, new: made } }: Step): readonly string[] {
    this.#begun.set(`${op} ${urn}`, this.now());
    if ((made ?? old)?.custom === true) this.#underWay.add(`${op} ${urn}`);
    const [sign, now] = OPERATIONS[op] ?? [];
    return sign === undefined ? [] : [` ${sign} ${titleOf(urn)} ${now}`];
  }

  #end({ metadata: { op, urn } }: Step, how?: "failed"): readonly string[] {
    const key = `${op} ${urn}`;
    this.#underWay.delete(key);
    const [sign, now, afterwards] = OPERATIONS[op] ?? [];
    // A component ends twice, with its outputs for the second time.
    if (this.#ended.has(key)) return [];
    this.#ended.add(key);
    if (sign === undefined) return [];
    if (how === "failed" && op === "delete-replaced") this.#left.add(urn);
    if (how === undefined && !IS_PART.test(key)) this.#changed++;
    const seconds = ((this.now() - (this.#begun.get(key) ?? this.now())) / 1000).toFixed(1);
    return [` ${sign} ${titleOf(urn)} ${how === undefined ? afterwards : `${now} failed`} (${seconds}s)`];
  }

  #say(urn: string | undefined, message: string): readonly string[] {
    const lines = withoutConsequences(linesOf(message));
    if (lines.length === 0) return [];
    const about = urn === undefined ? STACK : titleOf(urn).replace(/ (\S+)$/, " ($1)");
    this.#diagnostics.set(about, [...(this.#diagnostics.get(about) ?? []), ...lines]);
    return lines.map((line) => `    ${titleOf(urn)} ${line}`);
  }
}

function parsed(line: string): EngineEvent | undefined {
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    // Of an engine that was killed.
    return undefined;
  }
}

const kindOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/**
 * `urn:pulumi:dev::cnpg-credentials::…$kubernetes:core/v1:Secret::platform`:
 * `kubernetes:core/v1:Secret platform`.
 */
function titleOf(urn: string | undefined): string {
  return urn === undefined ? STACK : `${kindOf(urn)} ${urn.split("::").slice(3).join("::")}`;
}

/** The last words of a pod and an operator's message are in it: they do nothing to a terminal. */
function linesOf(message: string): string[] {
  return visibleLines(message.trimEnd().replaceAll("\t", "  ")).split("\n");
}

/**
 * A resource that has failed says why; that the program did not get it is told as an exception,
 * with a stack.
 */
function withoutConsequences(lines: readonly string[]): string[] {
  let isConsequence = false;
  return lines.filter((line) => {
    if (!/^\s+at /.test(line)) isConsequence = /^(error: )?(Error: )?resource \S+ \[\S+\] failed to register$/.test(line);
    return !isConsequence;
  });
}
