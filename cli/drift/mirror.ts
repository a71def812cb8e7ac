import { isAsWritten } from "./cloudnativepg";
import { commandLine } from "../../config/commandLine";
import type { Commands } from "../shared/shellCommands";
import { idOf, type Desired, type Facts, type Finding, type LiveSecret, type Note, type NotChecked } from "./types";
import type { Copies, Copy, DesiredCopy, DesiredMirror, Unanswered } from "./vaultTypes";
import { distinct } from "../shared/sort";

/** External Secrets' word for a copy that it did not make. */
const NOT_TAGGED = "not managed by external-secrets";

/**
 * Judges the copies in Vault by the Secrets, never the other way round: of two that differ, Vault's is the suspect. The first thing that is wrong with a copy
 * is said: the rest follows from it.
 */
export function checkMirror(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const { mirror } = desired;
  if (mirror === undefined) return { findings: [], notes: [] };
  const findings = mirror.copies.flatMap((copy): Finding[] => {
    const secret = facts.secrets.get(copy.name);
    // It has a finding of its own, and is copied again when it is written again.
    if (secret === undefined || !isStates(desired, copy.name, secret)) return [];
    const found = pushing(copy, secret, facts, commands) ?? inVault(copy, secret, mirror, facts, commands);
    return found === undefined ? [] : [{ service: copy.service, check: "mirror", ...found }];
  });
  return { findings, notes: leftovers(mirror, facts) };
}

type Found = Pick<Finding, "suspect" | "truth" | "mend">;

function pushing({ name, spec }: DesiredCopy, secret: LiveSecret, facts: Facts, commands: Commands): Found | undefined {
  if (facts.pushSecrets === "unknown") return undefined;
  const live = facts.pushSecrets.get(name);
  const kept = "Secret and Postgres do not depend on it; Vault keeps what was last pushed";
  if (live === undefined)
    return { suspect: `PushSecret ${name} does not exist`, truth: `the state has it; ${kept}`, mend: commands.rewrite() };
  if (!isAsWritten(live.spec, spec))
    return { suspect: `PushSecret ${name} has another spec than Pulumi wrote`, truth: "the state has it", mend: commands.rewrite() };
  const ready = live.status.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "False" && !isLost(copyOf(name, facts)) && !ready.message?.includes(NOT_TAGGED))
    return { suspect: `PushSecret ${name} cannot be pushed: ${oneLine(ready.message)}`, truth: kept, mend: commands.push(name) };
  if (ready?.status === "False") return undefined;
  const late = "External Secrets does not run, or has not come to it";
  if (live.status.refreshTime === undefined)
    return { suspect: `PushSecret ${name} has never been pushed`, truth: late, mend: commands.push(name) };
  if (isBehind(live.status.refreshTime, secret)) {
    const suspect = `PushSecret ${name} was last pushed at ${live.status.refreshTime}, before Secret ${name} was last written`;
    return { suspect, truth: `the Secret is of ${secret.writtenAt!.toISOString()}; ${late}`, mend: commands.push(name) };
  }
  return undefined;
}

function inVault(
  { name, key }: DesiredCopy,
  secret: LiveSecret,
  { mount }: DesiredMirror,
  facts: Facts,
  commands: Commands,
): Found | undefined {
  const copy = copyOf(name, facts);
  const at = [`-mount=${mount}`, key];
  const truth = `Secret ${name}: no application reads the copy, and nothing takes it back`;
  const again = (first?: string) => (first === undefined ? commands.push(name) : `${first} && ${commands.push(name)}`);
  if (isRefused(name, facts))
    return {
      suspect: `Vault's copy ${mount}/${key} was made by something else: External Secrets does not replace it`,
      truth,
      mend: again(commandLine("vault", "kv", "metadata", "put", "-custom-metadata=managed-by=external-secrets", ...at)),
    };
  if (copy === undefined) return undefined;
  if (copy === "missing") return { suspect: `Vault has no copy ${mount}/${key}`, truth, mend: again() };
  if ("deleted" in copy)
    return {
      suspect: `Vault's copy ${mount}/${key} was ${copy.destroyed ? "destroyed" : "deleted"}, and a version that is not there cannot be replaced`,
      truth,
      mend: again(
        copy.destroyed
          ? commandLine("vault", "kv", "metadata", "delete", ...at)
          : commandLine("vault", "kv", "undelete", `-versions=${copy.deleted}`, ...at),
      ),
    };
  const differing = differingKeys(copy.data, secret);
  if (differing.length === 0) return undefined;
  return {
    suspect: `Vault's copy ${mount}/${key} is not Secret ${name} in ${differing.length === 1 ? "the key" : "the keys"} ${differing.join(", ")}`,
    truth,
    mend: again(),
  };
}

function differingKeys(copy: Readonly<Record<string, unknown>>, { data }: LiveSecret): string[] {
  const keys = distinct([...Object.keys(data), ...Object.keys(copy)]);
  return keys.filter((key) => !(key in data) || copy[key] !== Buffer.from(data[key]!, "base64").toString("utf8"));
}

/** Whether Kubernetes has what the state has, as far as the state can be read. */
function isStates(desired: Desired, name: string, { data }: LiveSecret): boolean {
  const written = desired.secrets.find((secret) => idOf(secret) === name)?.data;
  return written === undefined || Object.entries(written).every(([key, value]) => data[key] === value);
}

/** A push that began in the second in which the Secret was written may have been before it; the annotation that follows every writing brings another. */
function isBehind(refreshTime: string, { writtenAt }: LiveSecret): boolean {
  return writtenAt !== undefined && Date.parse(refreshTime) < Math.floor(writtenAt.getTime() / 1000) * 1000;
}

function copyOf(name: string, { copies }: Facts): Copy | undefined {
  return copies !== undefined && "found" in copies ? copies.found.get(name) : undefined;
}

function isLost(copy: Copy | undefined): boolean {
  return copy !== undefined && copy !== "missing" && "deleted" in copy;
}

function isRefused(name: string, { pushSecrets }: Facts): boolean {
  const conditions = pushSecrets === "unknown" ? undefined : pushSecrets.get(name)?.status.conditions;
  return conditions?.some(({ status, message }) => status === "False" && message?.includes(NOT_TAGGED)) ?? false;
}

/** What is kept of services that are not copied any more. */
function leftovers({ mount }: DesiredMirror, { copies }: Facts): Note[] {
  if (copies === undefined || !("found" in copies)) return [];
  return copies.others.map((key) => ({
    service: null,
    check: "mirror",
    text: `Vault keeps ${mount}/${key}, which nothing is copied to any more`,
    command: commandLine("vault", "kv", "metadata", "delete", `-mount=${mount}`, key),
  }));
}

/** What of the mirror nobody looked at. */
export function uncheckedMirror({ mirror, namespace }: Desired, { pushSecrets, copies }: Facts): NotChecked[] {
  if (mirror === undefined) return [];
  return [
    ...(pushSecrets === "unknown"
      ? [{ what: "PushSecrets", reason: `this account may not list the PushSecrets of ${namespace}`, asked: false }]
      : []),
    ...unanswered("copies in Vault", copies),
  ];
}

/** A line of what was not answered. */
export function unanswered(what: string, answer: Copies | readonly unknown[] | Unanswered | undefined): NotChecked[] {
  return answer !== undefined && "reason" in answer ? [{ what, ...answer }] : [];
}

const oneLine = (text = "it gives no reason") => text.replace(/\s+/g, " ").trim();
