import { loginValue } from "../../catalog/templates";
import type { Commands } from "../shared/shellCommands";
import { idOf, type Check, type Desired, type DesiredSecret, type Facts, type Finding, type LiveSecret, type Note } from "./types";

/** Judges every Secret that Pulumi wrote. Of a value is said at most under which key it is. */
export function checkSecrets(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const outcomes = desired.secrets.map((secret) => checkSecret(secret, desired, facts, commands));
  const findings = outcomes.flatMap((outcome) => outcome.findings);
  return {
    findings: [...findings, ...(desired.sealed === undefined ? [] : comparePasswords(desired, facts, commands))],
    notes: outcomes.flatMap((outcome) => outcome.notes),
  };
}

function checkSecret(secret: DesiredSecret, desired: Desired, facts: Facts, own: Commands): { findings: Finding[]; notes: Note[] } {
  const id = idOf(secret);
  const live = facts.secrets.get(id);
  const commands = secret.namespace === undefined ? own : own.in(secret.namespace);
  const check: Check = secret.kind === "application" ? "secret" : "roleSecret";
  const found = (suspect: string, truth: string, mend: string): Finding => ({ service: secret.service, check, suspect, truth, mend });
  if (live === undefined) {
    const truth =
      secret.kind === "application" ? "the application reads its credential there" : "CloudNativePG reads the role's password there";
    return { findings: [found(`Secret ${id} does not exist`, `${truth}; the state has it`, commands.rewrite())], notes: [] };
  }
  const findings = [...checkMarks(secret, live, commands, found), ...checkHold(secret, live, commands, found)];
  const expected = expectedKeys(secret, desired);
  const missing = expected.filter((key) => !live.data[key]);
  const { user, truth } = usernameOf(secret, desired);
  const differing = Object.entries(secret.data ?? {})
    .filter(([key, value]) => live.data[key] && live.data[key] !== value)
    .map(([key]) => key);
  if (missing.length > 0) findings.push(found(`Secret ${id} lacks ${keys(missing)}`, `it has ${keys(expected)}`, commands.rewrite()));
  if (differing.length > 0)
    findings.push(
      found(`Secret ${id} has another value in ${keys(differing)} than Pulumi wrote`, "the state has the values", commands.rewrite()),
    );
  else if (user !== undefined && live.data[user] && userIn(secret, user, live, desired) !== truth)
    findings.push(found(`Secret ${id} names another role in the key ${user}`, `it is ${truth}`, commands.rewrite()));
  const known = declaredKeys(secret, desired);
  const extra = known === undefined ? [] : Object.keys(live.data).filter((key) => !known.includes(key));
  // At a migration, what reads the key is led to another first.
  if (desired.services[secret.service]?.adopts === true && secret.kind === "application")
    return {
      findings,
      notes: extra.map((key) => ({
        service: secret.service,
        check,
        text: `Secret ${id} has a key that Pulumi did not write: ${key}`,
        command: commands.removeKey(secret.name, key),
      })),
    };
  const added = extra.map((key) =>
    found(
      `Secret ${id} has a key that Pulumi did not write: ${key}`,
      "an account that may write it has put it there, and a container that takes all keys (`envFrom`, a volume) has it; no `up` takes it away",
      commands.removeKey(secret.name, key),
    ),
  );
  return { findings: [...findings, ...added], notes: [] };
}

/** Every key that Pulumi may have written; of a state that keeps its secrets to itself, by what the outputs say. */
function declaredKeys({ data, kind, service }: DesiredSecret, { services }: Desired): readonly string[] | undefined {
  if (data !== undefined) return Object.keys(data);
  return kind === "role" ? ["username", "password"] : services[service]?.possibleKeys;
}

/** What keeps a Secret from being changed, or from staying: Pulumi writes none of it. */
function checkHold(
  secret: DesiredSecret,
  { immutable, owners = [], finalizers = [] }: LiveSecret,
  commands: Commands,
  found: (suspect: string, truth: string, mend: string) => Finding,
): Finding[] {
  const { name } = secret;
  const id = idOf(secret);
  const take = (field: "ownerReferences" | "finalizers") => commands.removeMetadata(["secret", name], field);
  return [
    ...(immutable
      ? [
          found(
            `Secret ${id} is immutable`,
            "no rotation can change it: it is removed, and written again from the state",
            `${commands.remove(["secret", name])} && ${commands.rewrite()}`,
          ),
        ]
      : []),
    ...(owners.length > 0
      ? [found(`Secret ${id} belongs to ${owners.join(", ")}`, "Kubernetes removes it with what it belongs to", take("ownerReferences"))]
      : []),
    ...(finalizers.length > 0
      ? [found(`Secret ${id} has the finalizers ${finalizers.join(", ")}`, "it cannot be removed", take("finalizers"))]
      : []),
  ];
}

/** Labels and annotations: they say whose the Secret is, whose turn it is to log in, and have CloudNativePG apply it at once. */
function checkMarks(
  secret: DesiredSecret,
  live: LiveSecret,
  commands: Commands,
  found: (suspect: string, truth: string, mend: string) => Finding,
): Finding[] {
  return (["labels", "annotations"] as const).flatMap((kind) => {
    const differing = Object.entries(secret[kind]).filter(([key, value]) => live[kind][key] !== value);
    if (differing.length === 0) return [];
    const singular = kind === "labels" ? "label" : "annotation";
    return [
      found(
        `Secret ${idOf(secret)} has not the ${differing.length === 1 ? singular : kind} ${differing.map(([key]) => key).join(", ")} that Pulumi wrote`,
        differing.map(([key, value]) => `${key}=${value}`).join(", "),
        commands.mark(["secret", secret.name], kind, Object.fromEntries(differing)),
      ),
    ];
  });
}

/** Those that Pulumi wrote, or, where the state keeps them to itself, those that the template never leaves out. */
function expectedKeys({ data, kind, service }: DesiredSecret, { services }: Desired): readonly string[] {
  if (data !== undefined) return Object.keys(data);
  return kind === "role" ? ["username", "password"] : (services[service]?.keys ?? []);
}

function usernameOf({ kind, name, service }: DesiredSecret, desired: Desired): { user?: string; truth?: string } {
  const output = desired.services[service];
  if (kind === "application") {
    const user = output?.credentialKeys.user;
    return output === undefined || user === undefined ? {} : { user, truth: output.login };
  }
  const role = desired.roles.find(({ spec }) => spec.passwordSecret?.name === name)?.spec.name;
  return role === undefined ? {} : { user: "username", truth: role };
}

/**
 * The role that a key names. One that is not what its template makes has another value than Pulumi
 * wrote, too.
 */
function userIn({ kind, service }: DesiredSecret, key: string, { data }: LiveSecret, { services }: Desired): string | undefined {
  const keys = services[service]?.credentialKeys;
  return kind === "application" && keys !== undefined
    ? loginValue(keys, "user", (one) => (data[one] === undefined ? undefined : decode(data[one])))
    : decode(data[key]!);
}

/** What can be said without the state: an application and its role have one password. */
function comparePasswords(desired: Desired, facts: Facts, commands: Commands): Finding[] {
  return Object.entries(desired.services).flatMap(([service, { secret, namespaces = [], roleSecret, credentialKeys }]): Finding[] => {
    const role = facts.secrets.get(roleSecret)?.data;
    return [secret, ...namespaces.map((namespace) => idOf({ namespace, name: secret }))].flatMap((id): Finding[] => {
      const data = facts.secrets.get(id)?.data;
      const password = loginValue(credentialKeys, "password", (key) => (data?.[key] ? decode(data[key]) : undefined));
      if (!data?.[credentialKeys.password] || !role?.password || password === decode(role.password)) return [];
      return [
        {
          service,
          check: "secret",
          suspect: `Secret ${id} has another password than Secret ${roleSecret}`,
          truth: "they have one; which of them is the state's could not be checked",
          mend: commands.rewrite(),
        },
      ];
    });
  });
}

const keys = (names: readonly string[]) => `${names.length === 1 ? "the key" : "the keys"} ${names.join(", ")}`;
const decode = (value: string) => Buffer.from(value, "base64").toString("utf8");
