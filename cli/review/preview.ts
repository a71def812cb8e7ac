import { z } from "zod";

/** A resource in the state, or as the program asks for it. Inputs are as the engine shows them, secrets as `[secret]`. */
const state = z.looseObject({
  type: z.string(),
  custom: z.boolean().optional(),
  parent: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  external: z.boolean().optional(),
});

/** What the engine intends to do with a resource. */
const step = z.looseObject({
  op: z.string(),
  urn: z.string(),
  oldState: state.nullish(),
  newState: state.nullish(),
  /** Of an update, the properties that are not what they were. */
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
  /** The same of providers that know no details. */
  diffReasons: z.array(z.string()).nullish(),
});

const diagnostic = z.looseObject({ urn: z.string().optional(), message: z.string().optional(), severity: z.string().optional() });

/** What `pulumi preview --json` prints (pkg/display, PreviewDigest). */
const digest = z.looseObject({
  steps: z.array(step).optional(),
  diagnostics: z.array(diagnostic).optional(),
  changeSummary: z.record(z.string(), z.number()).optional(),
});

/** A line of the engine's log of events (sdk/go/common/apitype, EngineEvent), of which this much is read. */
const event = z.looseObject({
  policyLoadEvent: z.unknown().optional(),
  policyEvent: z
    .looseObject({ resourceUrn: z.string().optional(), message: z.string(), policyName: z.string(), enforcementLevel: z.string() })
    .optional(),
});

export type State = z.infer<typeof state>;
export type Step = z.infer<typeof step>;
export type Diagnostic = z.infer<typeof diagnostic>;

/** A broken rule of the policy pack. */
export interface Violation {
  readonly urn?: string;
  readonly rule: string;
  readonly message: string;
  /** Whether the preview fails by it. */
  readonly mandatory: boolean;
}

/** A preview, as the engine has told it. */
export interface Preview {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  /** How many resources, by what happens to them. */
  readonly counts: Readonly<Record<string, number>>;
  /** Absent where no policy pack was asked. */
  readonly violations?: readonly Violation[];
}

/**
 * What `pulumi preview --json` has printed.
 *
 * @param text whatever stands before the document is passed over
 * @param events the engine's log of events, in which the policy pack's word is: the document has none of it
 * @throws NoPreview when it is something else
 */
export function readPreview(text: string, events?: string): Preview {
  const { steps = [], diagnostics = [], changeSummary = {} } = readDigest(text);
  const violations = events === undefined ? undefined : readViolations(events);
  return { steps, diagnostics, counts: changeSummary, ...(violations === undefined ? {} : { violations }) };
}

/** The input is not a preview. What it was is not repeated. */
export class NoPreview extends Error {
  override readonly name = "NoPreview";
}

function readDigest(text: string): z.infer<typeof digest> {
  const from = text.search(/^\{/m);
  const parsed = digest.safeParse(from < 0 ? undefined : parseOr(text.slice(from)));
  if (parsed.success && (parsed.data.steps ?? parsed.data.diagnostics ?? parsed.data.changeSummary) !== undefined) return parsed.data;
  throw new NoPreview("this is not what `pulumi preview --json` prints");
}

function readViolations(text: string): Violation[] | undefined {
  const events = text.split("\n").flatMap((line) => {
    const parsed = event.safeParse(parseOr(line));
    return parsed.success ? [parsed.data] : [];
  });
  if (!events.some(({ policyLoadEvent }) => policyLoadEvent !== undefined)) return undefined;
  return events.flatMap(({ policyEvent }) => {
    if (policyEvent === undefined) return [];
    const { resourceUrn, message, policyName, enforcementLevel } = policyEvent;
    return [
      {
        ...(resourceUrn === undefined ? {} : { urn: resourceUrn }),
        rule: policyName,
        message,
        mandatory: enforcementLevel === "mandatory",
      },
    ];
  });
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
