// The one-time initialisation of a stack's Vault, from a secure place
// (docs/runbooks/vault-ceremony.md).
import { Option, type Command } from "commander";
import { describeProblems, type Problem } from "../../config/problem";
import { vaultApi, VaultError } from "../../vault/bootstrap/vaultApi";
import { useRootToken } from "./ceremony";
import type { CeremonyContext } from "./context";
import { awaitUnsealed, initialise } from "./initialise";
import { readRecipient } from "./pgp";
import { checkUninitialised, requireOwn, requireSame } from "./preconditions";
import { RecordFile } from "./record";
import { reportOn, stageOf } from "./report";
import { readVaultState, type VaultState } from "./vaultState";
import { nextWithRootToken, renderReport, renderShares, renderToken } from "./render";
import { reach } from "./reach";
import { readSettings, type Options, type Settings } from "./settings";
import { show } from "./show";
import { strangersIn } from "./strangers";
import { readToken, tokenInSight } from "./token";
import { fail, run } from "../shared/command";
import { allFromHere, fromHere } from "../shared/here";
import { describe } from "../shared/options";
import { FixableError } from "../../config/fixableError";

const print = (text: string) => process.stdout.write(`${text}\n`);
const log = (line: string) => process.stderr.write(`${line}\n`);

async function act(options: Options): Promise<void> {
  const { settings, problems } = await readSettings(options);
  const file = await RecordFile.open(settings.record, options.stack);
  if (options.show !== undefined) {
    const others = problems.filter(({ path }) => path !== "--address");
    if (others.length > 0) refuse(options, others);
    print(show(options.show, file, settings));
    return;
  }
  const { vault } = settings;
  if (vault === undefined || problems.some(({ path }) => path === "--address")) refuse(options, problems);
  const reached = await reach(vault);
  if (!("ask" in reached)) refuse(options, [...problems, reached]);
  try {
    const context = { stack: options.stack, address: vault.address, vault: (token?: string) => reached.ask(token), file, log };
    await hold(context, settings, options, problems);
  } finally {
    await reached.close();
  }
}

async function hold(context: CeremonyContext, settings: Settings, options: Options, problems: Problem[]): Promise<void> {
  const { file } = context;
  const state = await stateOf(context, options, problems);
  if (options.check) {
    const report = reportOn(context, state, options.others ? await lookForStrangers(context, settings, state) : null);
    print(options.output === "json" ? JSON.stringify(report, undefined, 2) : renderReport(report, options));
    process.exitCode = report.done && (report.strangers ?? []).length === 0 ? 0 : 1;
    return;
  }
  if (settings.rights === undefined) refuse(options, [NO_FILE(options.stack)]);
  let stage = stageOf(context, state);
  if (stage === "initialise") await begin(context, settings, state);
  if (stage === "initialise" || stage === "unseal") {
    await awaitUnsealed(context);
    if (stage === "initialise") {
      print(renderShares(file.record, options));
      return;
    }
    stage = stageOf(context, await readVaultState(context.vault(), context.address));
  }
  if (stage === "done" && !options.refreshToken) {
    print(`${renderReport(reportOn(context, state), options)}. Nothing was changed.`);
    return;
  }
  await finish(context, settings, options);
}

/**
 * What Vault says of itself, once everything that can be known without changing anything is as it
 * should be.
 * @throws {FixableError} With every problem, those of the command line included.
 */
async function stateOf(context: CeremonyContext, options: Options, problems: Problem[]): Promise<VaultState> {
  let state: VaultState | undefined;
  try {
    state = await readVaultState(context.vault(), context.address);
  } catch (error) {
    if (!(error instanceof FixableError) || problems.length === 0) throw error;
    problems.push({ path: "--address", message: error.what, remedy: error.remedy ?? "try again" });
  }
  if (state && !state.initialized) {
    const found = await checkUninitialised(context, state);
    problems.push(...(options.check ? found.filter(({ path }) => path === context.file.file) : [...found, ...missingKeys(options)]));
  }
  if (problems.length > 0 || !state) refuse(options, problems);
  if (state.initialized) (options.refreshToken ? requireSame : requireOwn)(context, state);
  return state;
}

const NO_FILE = (stack: string): Problem => ({
  path: `Pulumi.${stack}.yaml`,
  message: "is not here, or has no `vault`: it says what the ceremony gives to whom",
  remedy: "run this in the clone that has it",
});

/** With the token on standard input: the root token, or one that the ceremony has made. */
async function lookForStrangers({ vault, stack }: CeremonyContext, { rights }: Settings, state: VaultState): Promise<string[]> {
  if (rights === undefined) throw new FixableError(describeProblems(`The ceremony of stack ${stack}`, [NO_FILE(stack)]));
  const token = await readToken(process.stdin);
  if (token !== undefined && state.initialized && !state.sealed) return strangersIn(vaultApi(vault(token)), rights.rights);
  throw new FixableError(
    "--others looks into Vault with a token, and none came on standard input, or Vault is sealed",
    "pipe a bootstrap token in",
  );
}

function missingKeys({ pgpKey, rootTokenPgpKey, refreshToken }: Options): Problem[] {
  const missing: Problem[] = [];
  if (refreshToken)
    missing.push({ path: "--refresh-token", message: "this Vault is not initialised", remedy: "leave it out: that is the ceremony" });
  if (!pgpKey?.length)
    missing.push({ path: "--pgp-key", message: "is missing", remedy: "name a file with a public key for each holder of a recovery share" });
  if (rootTokenPgpKey === undefined)
    missing.push({
      path: "--root-token-pgp-key",
      message: "is missing",
      remedy: "name a file with the public key of the root token's holder",
    });
  return missing;
}

function refuse(options: Options, problems: readonly Problem[]): never {
  throw new FixableError(describeProblems(`The ceremony of stack ${options.stack}`, problems));
}

async function begin(context: CeremonyContext, settings: Settings, state: VaultState): Promise<void> {
  const { recoveryKeys, threshold, rootTokenKey } = settings;
  log(`Vault at ${context.address} is empty and sealed, and ${state.type} is to unseal it`);
  await initialise(context, { recoveryKeys, threshold, rootTokenKey: rootTokenKey! });
}

async function finish(context: CeremonyContext, settings: Settings, options: Options): Promise<void> {
  const { file } = context;
  const { audit, rights, tokenSeconds } = settings;
  if (rights === undefined) refuse(options, [NO_FILE(options.stack)]);
  const key = file.record.keys?.rootTokenKey;
  const recipient = settings.rootTokenKey ?? (key === undefined ? undefined : await readRecipient(Buffer.from(key)));
  if (!recipient)
    refuse(options, [
      {
        path: "--root-token-pgp-key",
        message: "is missing, and there is no record that has it",
        remedy: "name the file of the public key to which the bootstrap token will be encrypted",
      },
    ]);
  const token = await readToken(process.stdin);
  if (token === undefined) {
    print(
      options.refreshToken
        ? nextWithRootToken(options)
        : renderReport(reportOn(context, await readVaultState(context.vault(), context.address)), options),
    );
    process.exitCode = 1;
    return;
  }
  await useRootToken(context, token, {
    audit,
    ...rights,
    recipient,
    tokenSeconds,
    revokeOthers: options.revokeOtherRootTokens ?? false,
  });
  print(renderToken(file.record, options));
}

/**
 * @throws FixableError when the command line or the environment has a token in it: nothing may
 * repeat it
 */
export function ceremonyCommand(): Command {
  // Before anything reads the command line, which would repeat what it does not understand.
  const inSight = tokenInSight(process.argv.slice(2), process.env);
  if (inSight !== undefined) throw new FixableError(inSight);
  return describe({
    name: "vault:init",
    description:
      "The one-time initialisation of a stack's Vault: recovery shares and root token encrypted to public keys, an audit device, who may log in and what for, a short-lived token for Pulumi, the root token revoked. Run again, it goes on where it was. The root token comes on standard input.",
    cluster: "that of the stack's Vault, where Vault is in it, through a port-forward",
    examples: [
      ["vault:init --stack prod --check", "where the ceremony stands; changes nothing"],
      ["vault:init --stack prod --show policy", "the policy of the bootstrap token"],
    ],
    page: "docs/runbooks/vault-ceremony.md",
  })
    .requiredOption("-s, --stack <name>", "whose Vault")
    .option(
      "--address <https://...>",
      "where Vault answers; without it, as the stack's file says, through a port-forward of its own where that is a pod",
    )
    .option(
      "--ca <file>",
      "the authority of its certificate; without it and --address, that of the stack's Vault; with --address, those that this machine trusts",
      fromHere,
    )
    .option("--tls-server-name <name>", "the name in its certificate, where that is not the address")
    .option("--pgp-key <file...>", "public keys, one for each recovery share", allFromHere)
    .option("--root-token-pgp-key <file>", "the public key of the root token's holder", fromHere)
    .option("--shares <number>", "how many recovery shares: as many as keys")
    .option("--threshold <number>", "how many of them are a quorum; a majority if absent")
    .option("--allow-single", "one share, for a Vault that nobody will miss")
    .option("--record <file>", "the record of the ceremony; vault-ceremony-<stack>.json if absent", fromHere)
    .option("--audit <where>", "where the audit devices write: stdout, a file, or two of these with a comma between")
    .option("--token-ttl <duration>", "how long the bootstrap token lives; 30m if absent")
    .option("--refresh-token", "another bootstrap token, from a root token that the recovery keys have made")
    .option("--revoke-other-root-tokens", "also those that somebody else has")
    .option("--show <what>", "print root-token, bootstrap-token or recovery-share-<n> from the record, encrypted, or the policy")
    .addOption(
      new Option("--check", "say where the ceremony stands, and change nothing. Exit 0: done, 1: not done, 2: it failed").conflicts([
        "show",
        "refreshToken",
      ]),
    )
    .option(
      "--others",
      "of --check, with a token on standard input: also which methods, roles and policies are not this stack's. Exit 1: some",
    )
    .addOption(new Option("-o, --output <format>", "of --check: for people or for programs").choices(["text", "json"]).default("text"))
    .action(async (options: Options) => {
      try {
        await act(options);
      } catch (error) {
        // Its words are all that there is to say.
        if (error instanceof VaultError) throw new FixableError(error.message);
        throw error;
      }
    });
}

if (require.main === module) {
  try {
    void run(ceremonyCommand());
  } catch (error) {
    fail(error);
  }
}
