import type { CeremonyReport } from "./report";
import type { Record } from "./record";
import { columns } from "../shared/tables";
import { quote } from "../../config/commandLine";
import type { Options } from "./settings";

const SCRIPT = "npm run --silent vault:init --";

/** The report for people. */
export function renderReport(report: CeremonyReport, options: Options): string {
  const rows = report.steps.map(({ step, done, at, detail }) => [step, done ? "done" : "to do", at ?? "-", detail === "" ? "-" : detail]);
  const verdict = report.done
    ? `Done: the ceremony of stack ${report.stack}`
    : `Not done: the ceremony of stack ${report.stack}. Next: ${report.next}`;
  const how = report.next?.includes("standard input") ? `\n\n${nextWithRootToken(options)}` : "";
  return `${columns([["STEP", "STATE", "AT", "DETAIL"], ...rows])}\n\n${others(report)}${verdict}${how}`;
}

/** Who else may come in. */
function others({ strangers }: CeremonyReport): string {
  if (strangers === null) return "";
  if (strangers.length === 0) return "Nobody but this stack has a method, a role or a policy in Vault.\n\n";
  return `Not this stack's, and to be accounted for:\n${strangers.map((one) => `  ${one}\n`).join("")}\n`;
}

/** After the initialisation: who has what, and what comes next. */
export function renderShares({ keys }: Record, options: Options): string {
  const { recoveryShares, rootToken, threshold } = keys!;
  const rows = [
    ...recoveryShares.map(({ fingerprint, holder }, index) => [`recovery share ${index + 1}`, fingerprint, holder]),
    ["root token", rootToken.fingerprint, rootToken.holder],
  ];
  return [
    columns([["ENCRYPTED", "TO", "OF"], ...rows]),
    "",
    `${threshold} of ${recoveryShares.length} recovery shares are a quorum. Each holder sees that the own one can be decrypted: it has 66 characters.`,
    `  ${command(options, "--show recovery-share-1")} | gpg --decrypt | wc -c`,
    "",
    nextWithRootToken(options),
  ].join("\n");
}

export function nextWithRootToken(options: Options): string {
  const rest = options.refreshToken ? " --refresh-token" : "";
  const source = options.refreshToken ? "<the encrypted root token>" : `${command(options, "--show root-token")}`;
  return `Then the root token's holder:\n  ${source} | gpg --decrypt | ${SCRIPT} ${connection(options)}${rest}`;
}

/** After the root token was revoked. */
export function renderToken({ bootstrapToken }: Record, options: Options): string {
  const { message, expires, fingerprint, holder } = bootstrapToken!;
  return [
    message.trimEnd(),
    "",
    `This is the bootstrap token, encrypted to ${fingerprint} (${holder}). It expires at ${expires}. Its holder:`,
    `  VAULT_TOKEN=$(${command(options, "--show bootstrap-token")} | gpg --decrypt) pulumi up --stack ${options.stack}`,
  ].join("\n");
}

/** The command with what names the record. */
function command(options: Options, what: string): string {
  return `${SCRIPT} ${named(options)} ${what}`;
}

function named({ stack, record }: Options): string {
  return `--stack ${quote(stack)}${record === undefined ? "" : ` --record ${quote(record)}`}`;
}

/** What the next run has to be told again. */
function connection(options: Options): string {
  const { address, ca, tlsServerName, audit, tokenTtl } = options;
  const again: [string, string | undefined][] = [
    ["--address", address],
    ["--ca", ca],
    ["--tls-server-name", tlsServerName],
    ["--audit", audit],
    ["--token-ttl", tokenTtl],
  ];
  const words = again.flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${quote(value)}`]));
  return [named(options), ...words].join(" ");
}
