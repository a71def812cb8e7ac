import * as pulumi from "@pulumi/pulumi";
import { clientAddress } from "../vault/names";
import type { Stack } from "../config/load";
import type { Problem } from "../config/problem";
import { connect } from "../kube/http";
import { kubernetesAuth, type Fetched } from "../vault/access";
import { vaultSetUp, type VaultSetUp } from "../vault/setUp";
import { changedSince, wantedInVault } from "../vault/setUpDigests";
import { settled } from "../rotation/knownValue";
import { askVault, type VaultQuestions } from "./vaultToken";
import type { VaultSession } from "../vault/session";
import type { StackOutputs, VaultOutput } from "../catalog/outputs";

export interface VaultSessionReport {
  /** Absent where this program does not set Vault up. */
  readonly session?: VaultSession;
  readonly problems: readonly Problem[];
  /** For the reader of a preview. */
  readonly notes: readonly string[];
}

const RUNBOOK = "docs/runbooks/vault-azure.md";
const MENTIONED = 5;

/**
 * Vault is asked with the token in VAULT_TOKEN, before anything is changed. A run that changes nothing there needs none: previews in pull requests have none, and credentials of databases
 * are not to depend on Vault. Whether something changes is seen from what the last `up` has put into the stack's outputs.
 * @param fetched What services and bundles fetch.
 * @param token Goes to Vault, and nowhere else.
 */
export async function vaultSession(stack: Stack, fetched: Fetched, token = process.env.VAULT_TOKEN): Promise<VaultSessionReport> {
  const { vault } = stack;
  const setUp = vaultSetUp(stack, fetched);
  if (vault?.configuration.by !== "pulumi" || setUp === undefined) return { problems: [], notes: [] };
  const { server, configuration } = vault;
  const previous = await previousOutputs(stack.fullName);
  const ca = configuration.ca ?? (server.kind === "existing" ? server.ca : server.tls.kind === "generated" ? previous?.ca : undefined);
  const { tlsServerName } = configuration;
  const session = {
    address: configuration.address ?? (server.kind === "existing" ? server.address : clientAddress(server)),
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    wanted: wantedInVault({ ...setUp, config: vault, given: await givenValues(stack) }),
  };
  const isPreview = pulumi.runtime.isDryRun();
  if (server.kind === "deployed" && previous === undefined) {
    const problem = {
      path: "vault.configuration.by",
      message: "`pulumi` sets up a Vault that runs and has had its ceremony, and this stack has made none yet",
    };
    const remedy = `use \`hand\` for the first \`up\`, hold the ceremony, then use \`pulumi\`: ${RUNBOOK}`;
    return isPreview
      ? { session, problems: [], notes: [`${problem.path}: ${problem.message}; ${remedy}`] }
      : { problems: [{ ...problem, remedy }], notes: [] };
  }
  if (!token) {
    const changed = changedSince(previous?.applied ?? {}, session.wanted);
    if (changed.length === 0) return { session, problems: [], notes: [] };
    const message = `is not set, and Vault changes: ${mention(changed)}`;
    const remedy = "set it to the token that the ceremony makes (docs/runbooks/vault-ceremony.md)";
    return isPreview
      ? { session, problems: [], notes: [`VAULT_TOKEN ${message}. \`pulumi up\` needs it`] }
      : { problems: [{ path: "VAULT_TOKEN", message, remedy }], notes: [] };
  }
  const ask = connect({ address: session.address, ca, serverName: tlsServerName, headers: () => ({ "x-vault-token": token }) });
  const problems = await askVault(ask, session.address, questions(setUp, vault));
  return problems.length > 0 ? { problems, notes: [] } : { session, problems, notes: [] };
}

/** Connections to close again, for the reader of a preview. */
export function openDoors({ server }: NonNullable<Stack["vault"]>): string[] {
  if (server.kind !== "deployed" || server.unauthenticated.length === 0) return [];
  const open = server.unauthenticated.join(", ");
  return [
    `vault.server.unauthenticated: every client that reaches Vault may begin and cancel ${open} without a token; take it out when the quorum is done (docs/runbooks/vault-recovery.md)`,
  ];
}

function questions({ access, planned }: VaultSetUp, vault: NonNullable<Stack["vault"]>): VaultQuestions {
  // Whether a plugin is registered, only a root token is told.
  const { plugin: _, ...kubernetes } = kubernetesAuth(vault, access);
  return { rights: { ...access, kubernetes }, fixtureMount: vault.mount, fixtures: [...new Set(planned.map(({ path }) => path))] };
}

/** What an earlier `up` has said of Vault: the engine's answer to what a StackReference asks, without a resource that would be in the state. */
async function previousOutputs(name: string): Promise<VaultOutput | undefined> {
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as { outputs?: Pick<StackOutputs, "vault"> };
  return answer.outputs?.vault;
}

async function givenValues({ vaultValues }: Stack): Promise<Record<string, string>> {
  const entries = Object.entries(vaultValues).map(async ([name, value]) => [name, (await settled(value)) ?? ""] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function mention(changed: readonly string[]): string {
  const rest = changed.length - MENTIONED;
  return [...changed.slice(0, MENTIONED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}
