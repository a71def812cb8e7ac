import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Problem } from "../../config/problem";
import { objectName } from "../../manifests/named";
import { at, itemsOf } from "../../manifests/nodes";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { identityOf, newSalt, tagOf, type Traced } from "./fingerprint";
import type { ProvidedSecret } from "../../manifests/objects/provided";
import type { Store } from "../../manifests/objects/stores";
import type { RuleText } from "./finding";

const day = z.iso.date("is not a day; write it as 2030-01-31");
const reason = z.string().default("");
const accepted = z.union([
  z.strictObject({
    fingerprint: z.string(),
    value: z.string().optional(),
    rule: z.string(),
    file: z.string(),
    field: z.string(),
    reason,
    expires: day,
  }),
  z.strictObject({ path: z.string(), rule: z.string().optional(), reason, expires: day }),
]);
const schema = z.strictObject({
  /** The salt; called so, because a salt is what the audit finds. */
  nonce: z.string().optional(),
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
  /** With which the bits of values were made. */
  readonly salt: string | undefined;
  readonly accepted: readonly (Accepted & { readonly line: number })[];
  readonly secrets: readonly ProvidedSecret[];
  readonly stores: readonly Store[];
}

export const baselineWithoutReason: RuleText = {
  id: "baseline-without-reason",
  title: "Accepted without a reason",
  level: "error",
  fires: "an entry of the baseline file that says no reason",
  why: "nobody can judge later whether it still holds",
  remedy: "write why it is accepted, or fix what it accepts",
};

export const baselineExpired: RuleText = {
  id: "baseline-expired",
  title: "Acceptance that has expired",
  level: "error",
  fires: "an entry of the baseline file whose last day has passed",
  why: "it was accepted for a while, and that is over",
  remedy: "fix what it accepts and remove the entry, or decide again",
};

/** Reads a baseline file. Every problem of it at once, where it has some. */
export function readBaseline(text: string, file: string): Baseline | { problems: Problem[] } {
  let content: unknown;
  try {
    content = parse(text, { logLevel: "silent" }) as unknown;
  } catch {
    return { problems: [{ path: file, message: "is not valid YAML", remedy: "correct it" }] };
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
    salt: read.data.nonce,
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
      isFile: false,
    })),
  };
}

/**
 * The findings that nobody accepts, and those of the baseline itself: an entry without a reason, and one that has expired, each stands for what it accepts.
 * An entry accepts one finding: of its rule and place, with the value that it was written for.
 * @param today `2030-01-31`
 */
export function applyBaseline(
  findings: readonly Traced[],
  baseline: Baseline | undefined,
  today: string,
): { findings: Traced[]; accepted: number; unused: number } {
  if (baseline === undefined) return { findings: [...findings], accepted: 0, unused: 0 };
  const { salt = "" } = baseline;
  const open = new Map<string, Accepted[]>();
  for (const entry of baseline.accepted) if ("fingerprint" in entry) open.set(keyOf(entry), [...(open.get(keyOf(entry)) ?? []), entry]);
  const folders = baseline.accepted.filter((entry) => "path" in entry);
  const used = new Set<unknown>();
  const left = findings.filter((finding) => {
    const identity = identityOf(finding);
    const value = finding.value === undefined ? undefined : tagOf(finding.value, identity, salt);
    const entry = open.get(keyOf({ fingerprint: identity, value }))?.shift() ?? folders.find((one) => isBelow(one, finding));
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  });
  const own = baseline.accepted.flatMap((entry): Traced[] => {
    const what = "path" in entry ? `what is below ${entry.path}` : `${entry.rule} in ${entry.file}, ${entry.field}`;
    const place = { file: baseline.file, line: entry.line, field: "path" in entry ? entry.path : entry.fingerprint };
    const about = { also: [], path: baseline.file, cause: undefined, value: undefined };
    const finding = ({ id, level, remedy }: RuleText, why: string): Traced => ({ ...place, rule: id, level, why, remedy, ...about });
    return [
      ...(entry.reason.trim() === "" ? [finding(baselineWithoutReason, `${what} is accepted without a reason`)] : []),
      ...(entry.expires < today ? [finding(baselineExpired, `${what} was accepted until ${entry.expires}`)] : []),
    ];
  });
  const unused = baseline.accepted.filter((entry) => !used.has(entry)).length;
  return { findings: [...left, ...own], accepted: findings.length - left.length, unused };
}

function keyOf({ fingerprint, value }: { fingerprint: string; value?: string | undefined }): string {
  return `${fingerprint} ${value ?? ""}`;
}

function isBelow(entry: Extract<Accepted, { path: string }>, { rule, file, path }: Traced): boolean {
  const folder = entry.path.endsWith("/") ? entry.path : `${entry.path}/`;
  const isThere = [file, path].some((one) => one === entry.path || one.startsWith(folder));
  return isThere && (entry.rule === undefined || entry.rule === rule);
}

/** How long a finding is accepted unless somebody writes another day. */
const DAYS = 90;

/**
 * A baseline file that accepts findings, each still without its reason unless there is one for all, beside what an earlier one has.
 * @param text The earlier one's
 */
export function writeBaseline(findings: readonly Traced[], text: string | undefined, today: string, reason = ""): string {
  const before = (text === undefined ? {} : ((parse(text) as Record<string, unknown> | null) ?? {})) as {
    nonce?: string;
    accepted?: { fingerprint?: string; value?: string }[];
    provided?: unknown;
  };
  const { nonce: salt = newSalt(), ...rest } = before;
  const expires = new Date(Date.parse(today) + DAYS * 86_400_000).toISOString().slice(0, 10);
  const counts = new Map<string, number>();
  for (const { fingerprint, value } of before.accepted ?? []) {
    const key = keyOf({ fingerprint: fingerprint ?? "", value });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const added = findings.flatMap((finding) => {
    const fingerprint = identityOf(finding);
    const value = finding.value === undefined ? undefined : tagOf(finding.value, fingerprint, salt);
    const key = keyOf({ fingerprint, value });
    const known = counts.get(key) ?? 0;
    counts.set(key, known - 1);
    const { rule, path: file, field } = finding;
    return known > 0 ? [] : [{ fingerprint, ...(value === undefined ? {} : { value }), rule, file, field, reason, expires }];
  });
  return stringify({ nonce: salt, ...rest, accepted: [...(before.accepted ?? []), ...added] }, { lineWidth: 0 });
}
