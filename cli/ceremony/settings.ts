import * as fs from "node:fs/promises";
import { isAudit } from "../../config/auditDevices";
import type { Problem } from "../../config/problem";
import { KeyProblem, readRecipient, type Recipient } from "./pgp";
import { checkPlan, defaultThreshold } from "./plan";
import { ceremonyDefaults, configuredVault, type CeremonyDefaults, type ConfiguredVault } from "./defaults";
import { rightsOf, type StackRights } from "./rights";
import { readStackFile } from "./stackFile";

/** The command line, as it was given. */
export interface Options extends Partial<CeremonyDefaults> {
  stack: string;
  /** Where Vault answers. */
  address?: string;
  /** File with the authority that has signed its certificate. */
  ca?: string;
  /** The name in its certificate, where that is not the address. */
  tlsServerName?: string;
  pgpKey?: string[];
  rootTokenPgpKey?: string;
  shares?: string;
  threshold?: string;
  allowSingle?: true;
  refreshToken?: true;
  revokeOtherRootTokens?: true;
  show?: string;
  check?: true;
  others?: true;
  output: "text" | "json";
}

/** The command line and the stack's file, checked as far as they can be without Vault. */
export interface Settings extends CeremonyDefaults {
  /** Absent where nothing says how it is reached. */
  readonly vault: ConfiguredVault | undefined;
  /** Absent where there is no file of the stack that says what its services fetch. */
  readonly rights: StackRights | undefined;
  readonly recoveryKeys: readonly Recipient[];
  readonly rootTokenKey: Recipient | undefined;
  readonly threshold: number;
  readonly tokenSeconds: number;
}

/** Enough to set Vault up; not enough to be kept. */
const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 4 * 3600;
const UNITS = { s: 1, m: 60, h: 3600 } as const;

/**
 * Everything that is wrong with the command line and the stack's file, and what they say.
 * @param directory Where that file is, as for `readStackFile`.
 */
export async function readSettings(options: Options, directory?: string): Promise<{ settings: Settings; problems: Problem[] }> {
  const problems: Problem[] = [];
  const complain = (path: string, message: string, remedy: string) => void problems.push({ path, message, remedy });

  const isName = /^[\w.-]+$/.test(options.stack);
  if (!isName) complain("--stack", "is not the name of a stack", "name it without its organisation and project");
  if (options.stack === "dev")
    complain("--stack", "`dev` has no ceremony", "its CronJob initialises Vault, and keeps the keys in the cluster");
  const file = isName ? await readStackFile(options.stack, directory) : undefined;
  problems.push(...(file?.problems ?? []));
  const given = { ...ceremonyDefaults(options.stack, file?.config?.vault), ...options };
  const configured = file && configuredVault(file);
  if (options.address === undefined && configured === undefined) {
    if (file?.isKubeconfigSealed)
      complain("--address", "is missing, and the stack's kubeconfig is encrypted", "name where Vault answers, through a port-forward");
    else if (!file?.problems.length)
      complain("--address", "is missing", "name where Vault answers: `https://127.0.0.1:8200`, through a port-forward");
  } else if (options.address !== undefined && !/^https:\/\/[^/?#@]+$/.test(options.address))
    complain(
      "--address",
      "is not an `https` address of a host",
      "name one such as `https://127.0.0.1:8200`; Vault's keys are never sent in plain text",
    );
  if (options.tlsServerName !== undefined && options.address === undefined)
    complain("--tls-server-name", "is about an address that is not given", "give --address, or leave it out");
  if (!isAudit(given.audit))
    complain("--audit", "is neither `stdout`, an absolute path, nor two of these with a comma between", "correct it");
  const tokenSeconds = seconds(given.tokenTtl);
  if (!(tokenSeconds >= SHORTEST_SECONDS && tokenSeconds <= LONGEST_SECONDS))
    complain("--token-ttl", "is not a duration from `1m` to `4h`", "use one such as `30m`");

  const authority = given.ca === undefined ? undefined : await fs.readFile(given.ca, "utf8").catch(() => "");
  if (authority !== undefined && !authority.includes("-----BEGIN CERTIFICATE-----"))
    complain(
      `--ca ${given.ca}`,
      "is not a file with a certificate in PEM",
      "name the certificate of the authority that has signed Vault's",
    );

  const vault = reachedBy(options, configured, authority);
  const found = file?.config && rightsOf(file.config, options.stack);
  if (found && "problems" in found) problems.push(...found.problems);
  const rights = found && "problems" in found ? undefined : found;

  const readKey = async (option: string, file: string): Promise<Recipient | undefined> => {
    try {
      return await readRecipient(await fs.readFile(file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!(error instanceof KeyProblem) && code === undefined) throw error;
      const remedy = "name a file that `gpg --export <holder>` has made";
      complain(`${option} ${file}`, error instanceof KeyProblem ? error.message : `cannot be read (${code})`, remedy);
      return undefined;
    }
  };
  const files = options.pgpKey ?? [];
  const recoveryKeys: Recipient[] = [];
  for (const file of files) {
    const key = await readKey("--pgp-key", file);
    if (key) recoveryKeys.push(key);
  }
  const rootTokenKey = options.rootTokenPgpKey === undefined ? undefined : await readKey("--root-token-pgp-key", options.rootTokenPgpKey);
  const shares = options.shares === undefined ? undefined : count(options.shares);
  const threshold = options.threshold === undefined ? defaultThreshold(recoveryKeys.length) : count(options.threshold);
  if (Number.isNaN(threshold)) complain("--threshold", "is not a number", "say how many recovery shares are a quorum");
  else if (files.length > 0 && recoveryKeys.length === files.length)
    problems.push(...checkPlan({ recoveryKeys, threshold }, { files, shares, allowSingle: options.allowSingle ?? false }));
  return { settings: { ...given, vault, rights, recoveryKeys, rootTokenKey, threshold, tokenSeconds }, problems };
}

/**
 * With an address, the command line says all of it; without, the stack's file does, but for the
 * authority.
 */
function reachedBy(
  { address, tlsServerName }: Options,
  configured: ConfiguredVault | undefined,
  authority: string | undefined,
): ConfiguredVault | undefined {
  if (address !== undefined) return { address, tlsServerName, authority };
  return configured && authority !== undefined ? { ...configured, authority, caSecret: undefined } : configured;
}

/** `NaN` for what is no duration such as `30m` or `1h30m`. */
function seconds(duration: string): number {
  if (!/^(\d+[smh])+$/.test(duration)) return Number.NaN;
  return [...duration.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNITS[unit as keyof typeof UNITS],
    0,
  );
}

/** `NaN` for what is no count: no rule on counts is kept by that. */
function count(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
