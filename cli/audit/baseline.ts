import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Problem } from "../../config/problem";
import { objectName } from "../../manifests/named";
import { at, itemsOf } from "../../manifests/nodes";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { fingerprints } from "./fingerprint";
import type { ProvidedSecret } from "../../manifests/objects/provided";
import type { Store } from "../../manifests/objects/stores";
import type { Finding, RuleText } from "./finding";

const day = z.iso.date("is no day; write it as 2030-01-31");
const reason = z.string().default("");
const accepted = z.union([
  z.strictObject({ fingerprint: z.string(), rule: z.string(), file: z.string(), field: z.string(), reason, expires: day }),
  z.strictObject({ path: z.string(), rule: z.string().optional(), reason, expires: day }),
]);
const schema = z.strictObject({
  accepted: z.array(accepted).default([]),
  provided: z
    .strictObject({
      secrets: z
        .array(
          z.strictObject({
            name: z.string(),
            namespace: z.string().optional(),
            keys: z.array(z.string()).optional(),
            reason: z.string().min(1),
          }),
        )
        .default([]),
      stores: z
        .array(z.strictObject({ name: z.string(), kind: z.enum(["SecretStore", "ClusterSecretStore"]), reason: z.string().min(1) }))
        .default([]),
    })
    .default({ secrets: [], stores: [] }),
});

export type Accepted = z.infer<typeof accepted>;

/** Findings that somebody accepts for a while, and what others provide. */
export interface Baseline {
  /** As findings say it. */
  readonly file: string;
  readonly accepted: readonly (Accepted & { readonly line: number })[];
  readonly secrets: readonly ProvidedSecret[];
  readonly stores: readonly Store[];
}

export const baselineWithoutReason: RuleText = {
  id: "baseline-without-reason",
  title: "Accepted without a reason",
  fires: "an entry of the baseline file that says no reason",
  why: "nobody can judge later whether it still holds",
  remedy: "write why it is accepted, or mend what it accepts",
};

export const baselineExpired: RuleText = {
  id: "baseline-expired",
  title: "Acceptance that has expired",
  fires: "an entry of the baseline file whose last day has passed",
  why: "it was accepted for a while, and that is over",
  remedy: "mend what it accepts and remove the entry, or decide again",
};

/** Reads a baseline file. Every problem of it at once, where it has some. */
export function readBaseline(text: string, file: string): Baseline | { problems: Problem[] } {
  let content: unknown;
  try {
    content = parse(text, { logLevel: "silent" }) as unknown;
  } catch {
    return { problems: [{ path: file, message: "is no YAML", remedy: "correct it" }] };
  }
  const read = schema.safeParse(content ?? {});
  if (!read.success)
    return {
      problems: read.error.issues.map(({ path, message }) => ({
        path: `${file}: ${path.join(".")}`,
        message,
        remedy: "correct it (docs/audit.md)",
      })),
    };
  const lineOf = lineCounter(text);
  const nodes = itemsOf(at(parseDocuments(text).documents[0], "accepted"));
  const { secrets, stores } = read.data.provided;
  return {
    file,
    accepted: read.data.accepted.map((entry, index) => ({ ...entry, line: lineOf(nodes[index]?.start ?? 0) })),
    secrets: secrets.map(({ name, namespace, keys }) => ({
      name: objectName(name),
      namespace,
      keys: keys && new Set(keys),
      chart: undefined,
      by: file,
      place: undefined,
    })),
    stores: stores.map(({ name, kind }) => ({
      kind,
      name: objectName(name),
      namespace: undefined,
      provider: undefined,
      allowed: undefined,
      chart: undefined,
    })),
  };
}

/**
 * The findings that nobody accepts, and those of the baseline itself: an entry without a reason, and one that has expired, each stands for what it accepts.
 * @param today `2030-01-31`
 */
export function applyBaseline(
  findings: readonly Finding[],
  baseline: Baseline | undefined,
  today: string,
): { findings: Finding[]; accepted: number } {
  if (baseline === undefined) return { findings: [...findings], accepted: 0 };
  const named = fingerprints(findings);
  const left = findings.filter((finding, index) => !baseline.accepted.some((entry) => accepts(entry, finding, named[index]!)));
  const own = baseline.accepted.flatMap((entry): Finding[] => {
    const what = "path" in entry ? `what is below ${entry.path}` : `${entry.rule} in ${entry.file}, ${entry.field}`;
    const place = { file: baseline.file, line: entry.line, field: "path" in entry ? entry.path : entry.fingerprint };
    const finding = ({ id, remedy }: RuleText, why: string): Finding => ({ ...place, rule: id, why, remedy });
    return [
      ...(entry.reason.trim() === "" ? [finding(baselineWithoutReason, `${what} is accepted without a reason`)] : []),
      ...(entry.expires < today ? [finding(baselineExpired, `${what} was accepted until ${entry.expires}`)] : []),
    ];
  });
  return { findings: [...left, ...own], accepted: findings.length - left.length };
}

function accepts(entry: Accepted, { rule, file }: Finding, fingerprint: string): boolean {
  if ("fingerprint" in entry) return entry.fingerprint === fingerprint;
  const folder = entry.path.endsWith("/") ? entry.path : `${entry.path}/`;
  return (file === entry.path || file.startsWith(folder)) && (entry.rule === undefined || entry.rule === rule);
}

/** How long a finding is accepted unless somebody writes another day. */
const DAYS = 90;

/**
 * A baseline file that accepts findings, each still without its reason, beside what an earlier one has.
 * @param text The earlier one's
 */
export function writeBaseline(findings: readonly Finding[], text: string | undefined, today: string): string {
  const before = (text === undefined ? {} : ((parse(text) as Record<string, unknown> | null) ?? {})) as {
    accepted?: unknown[];
    provided?: unknown;
  };
  const expires = new Date(Date.parse(today) + DAYS * 86_400_000).toISOString().slice(0, 10);
  const named = fingerprints(findings);
  const known = new Set((before.accepted ?? []).map((entry) => (entry as { fingerprint?: string }).fingerprint));
  const added = findings
    .map(({ rule, file, field }, index) => ({ fingerprint: named[index]!, rule, file, field, reason: "", expires }))
    .filter(({ fingerprint }) => !known.has(fingerprint));
  return stringify({ ...before, accepted: [...(before.accepted ?? []), ...added] }, { lineWidth: 0 });
}
