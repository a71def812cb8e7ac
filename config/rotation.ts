import { z } from "zod";
import type { Problem } from "./problem";

const RETIRED = "retired";
/** The generation of a password that was adopted before there were generations. */
export const ADOPTED = "adopted";

const TEXT = new RegExp(`^(\\d+\\.\\d+\\.\\d+|${ADOPTED})$`);
const FORMS = "a whole number, at least 0, a text such as `0.1.2`, or `adopted`";
const isGeneration = (value: number | string) => (typeof value === "number" ? Number.isInteger(value) && value >= 0 : TEXT.test(value));
const either = (is: (value: number | string) => boolean, error: string) =>
  z.union([z.number(), z.string()], { error }).refine(is, { error });

/**
 * Tells one password from the next: a whole number, or the text that a password's generation was
 * when those of all services, of groups and of the service were counted together.
 */
const generation = either(isGeneration, `is not a generation: ${FORMS}`);
const login = either((value) => value === RETIRED || isGeneration(value), `is neither a generation (${FORMS}) nor \`${RETIRED}\``);

/** Which of a service's logins there are, each by the generation of its password. */
export const rotationEntry = z.strictObject({
  /** In place: that of the owner's password. Another one is another password. @default 0 */
  generation: generation.optional(),
  /** Alternating: the login that the application's Secret names. @default "a" */
  active: z.enum(["a", "b"]).optional(),
  /**
   * Each login beside the one in use: its generation for as long as it may log in, `retired`
   * from then on.
   */
  owner: login.optional(),
  a: login.optional(),
  b: login.optional(),
  /** The generation that the service began with: nothing is restarted for it. @default 0 */
  first: generation.optional(),
});

export type Generation = z.infer<typeof generation>;
export type RotationEntry = z.infer<typeof rotationEntry>;

/** A service's entry where its stack has none. */
export const DEFAULT_ENTRIES = {
  inPlace: { generation: 0 },
  alternating: { active: "a", a: 0 },
} as const satisfies Readonly<Record<string, RotationEntry>>;

/** Whether a login may log in. */
export function isListed(value: RotationEntry["owner"]): value is Generation {
  return value !== undefined && value !== RETIRED;
}

/** Whether it says nothing of any login. */
export function isSilent(entry: RotationEntry): boolean {
  return Object.keys(entry).every((key) => key === "first");
}

/** The one in use of logins that alternate. */
export function activeOf(entry: RotationEntry): "a" | "b" {
  return entry.active ?? DEFAULT_ENTRIES.alternating.active;
}

/** Checks what no field of an entry can tell alone. */
export function checkEntry(path: string, strategy: keyof typeof DEFAULT_ENTRIES, entry: RotationEntry, adopts: boolean): Problem[] {
  const problems: Problem[] = [];
  const adopted = Object.entries(entry).find(([, value]) => value === ADOPTED);
  if (adopted && !adopts)
    problems.push({
      path: `${path}.${adopted[0]}`,
      message: `is that of an adopted password, and the service adopts none: it would be another password`,
      remedy: "write `retired` once nothing uses it any more, or leave `adopt` where it was until then",
    });
  const alone = (key: keyof RotationEntry, message: string, remedy: string) => {
    if (entry[key] !== undefined) problems.push({ path: `${path}.${key}`, message, remedy });
  };
  const service = path.split(".").at(-1) ?? "";
  const other = (wanted: string) => `leave it out, or change the strategy with it: \`npm run rotate -- --strategy ${wanted} ${service}\``;
  if (strategy === "alternating") {
    alone("generation", "is that of a service in place, and this one's logins alternate", other("inPlace"));
    if (!isSilent(entry) && !isListed(entry[activeOf(entry)]))
      problems.push({
        path: `${path}.active`,
        message: `names the login \`${activeOf(entry)}\`, which has no generation`,
        remedy: `write \`${activeOf(entry)}\`, the generation of its password, beside it`,
      });
  } else {
    alone("active", "is that of logins that alternate, and this service's password is replaced in place", other("alternating"));
    alone("owner", "is the login in use, of which `generation` speaks", "leave it out");
  }
  const inUse = strategy === "alternating" ? activeOf(entry) : "owner";
  const beside = (["owner", "a", "b"] as const).filter((slot) => slot !== inUse && isListed(entry[slot]));
  if (beside.length > 1)
    problems.push({
      path,
      message: `lets ${beside.map((slot) => `\`${slot}\``).join(" and ")} log in beside the login in use: only the one before it may`,
      remedy: "write `retired` for the one that the application's Secret has not named last",
    });
  return problems;
}

/**
 * Finds in a file's `rotation` the form in which generations were added up, and takes it out.
 *
 * @param rotation as the file has it, unchecked
 */
export function oldForm(rotation: unknown, stack: string): { rotation: unknown; problems: Problem[] } {
  if (!isMapping(rotation)) return { rotation, problems: [] };
  const remedy = `\`npm run rotate -- --write-explicit --stack ${stack}\` writes what there is instead, and changes no password`;
  const problems: Problem[] = [];
  const left = copyOf(rotation);
  const take = (from: Record<string, unknown>, key: string, path: string, message: string) => {
    if (!Object.hasOwn(from, key)) return;
    problems.push({ path, message, remedy });
    delete from[key];
  };
  const former = "is not a setting any more: each service says by itself which generation its password has";
  take(left, "all", "rotation.all", former);
  take(left, "retired", "rotation.retired", "is not a setting any more: a service's entry says `retired` of the login itself");
  if (isMapping(left.groups)) {
    const groups = copyOf(left.groups);
    for (const [name, group] of Object.entries(groups)) {
      if (!isMapping(group)) continue;
      const kept = copyOf(group);
      take(kept, "generation", `rotation.groups.${name}.generation`, former);
      define(groups, name, kept);
    }
    left.groups = groups;
  }
  if (isMapping(left.services)) {
    const services = copyOf(left.services);
    for (const [name, entry] of Object.entries(services))
      if (typeof entry === "number") take(services, name, `rotation.services.${name}`, "is a number, and does not say of which login");
    left.services = services;
  }
  return { rotation: left, problems };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** With whatever keys it has, `__proto__` among them. */
function copyOf(mapping: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(mapping)) define(copy, key, value);
  return copy;
}

function define(mapping: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true });
}
