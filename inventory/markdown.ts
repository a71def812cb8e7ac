import { CHECKS } from "./checks";
import { flowOf, secretsOf } from "./mermaid";
import { idOf, producerInWords } from "./program";
import { renderFindings } from "./findings";
import { table } from "./table";
import type { Inventory, InventoryOwner, InventoryReport, InventorySecret } from "./types";

const ORIGINS = {
  operator: "made by CloudNativePG",
  generated: "random, kept in this program's state",
  external: "given out by a third party",
  service: "written by a service when it runs",
  plain: "no secret",
} as const;

/**
 * An inventory as a page: all Secrets, then each owner's with its picture, then the same as JSON, a Secret a line, so that a change is read as one. Tables are not padded for the same reason.
 */
export function renderMarkdown(inventory: Inventory, report?: InventoryReport): string {
  const { stack, namespace, cluster, owners, secrets, atTimes } = inventory;
  return [
    `# Secrets of stack ${stack}`,
    `Made by \`npm run inventory -- --stack ${stack} --write\` from Pulumi.${stack}.yaml and the catalogue, and not edited; what it says and how it is used: [inventory.md](../inventory.md). There is no value of any Secret in it.`,
    `Namespace \`${namespace}\`, Cluster \`${cluster}\`, ${secrets.length} Secrets.`,
    table(["origin", "", "Secrets"], counts(secrets)),
    ...(report === undefined ? [] : [renderFindings(report)]),
    "## All of them",
    table(
      ["Secret", "of", "origin", "made by", "copy in Vault"],
      secrets.map((one) => [
        code(idOf(one)),
        link(ownerOf(inventory, one)),
        one.origins.join(", "),
        producerInWords(one),
        one.mirror === undefined ? "" : code(one.mirror),
      ]),
    ),
    ...owners.flatMap((owner) => ownerPage(inventory, owner, report)),
    ...(atTimes.length === 0
      ? []
      : [
          "## At times",
          "Not among those above, and no difference when they are there.",
          table(
            ["Secret", "why"],
            atTimes.map((one) => [code(idOf(one)), one.why]),
          ),
        ]),
    "## As JSON",
    `\`\`\`json\n${renderCompact(inventory)}\n\`\`\`\n`,
  ].join("\n\n");
}

/** What an owner has, how it is replaced, what looks after it. */
function ownerPage(inventory: Inventory, owner: InventoryOwner, report?: InventoryReport): string[] {
  const own = secretsOf(inventory, owner);
  const checks = CHECKS.filter(({ is }) => own.some((secret) => secret.checks.some(is)));
  return [
    `## ${title(owner)}`,
    `${owner.description}.`,
    ...own.map((secret) =>
      [
        `### ${idOf(secret)}`,
        lines(secret, report)
          .map((line) => `- ${line}`)
          .join("\n"),
      ].join("\n\n"),
    ),
    `\`\`\`mermaid\n${flowOf(inventory, owner)}\n\`\`\``,
    ...(checks.length === 0
      ? []
      : [
          `Checks:\n\n${checks
            .flatMap(({ describe }) => describe(inventory, own))
            .map((line) => `- ${line}`)
            .join("\n")}`,
        ]),
  ];
}

function lines(secret: InventorySecret, report?: InventoryReport): string[] {
  const { purpose, origins, authority, consumers, rotation, mirror, checks } = secret;
  const age = report?.ages?.[idOf(secret)];
  return [
    `${purpose}${secret.type === undefined ? "" : `; type \`${secret.type}\``}`,
    `keys: ${keys(secret)}`,
    `origin: ${origins.map((origin) => `${origin} (${ORIGINS[origin]})`).join(", ")}`,
    `authority: ${authority}`,
    `made by: ${producerInWords(secret)}`,
    `read by: ${consumers.length === 0 ? "nothing that is known here" : consumers.join(", ")}`,
    `replaced: ${rotation.policy}${rotation.maxAgeDays === undefined ? "" : `; at most ${rotation.maxAgeDays} days old`}`,
    ...(age === undefined ? [] : [`changed last: ${age.changedAt}, ${age.days} days ago`]),
    `checked by: ${checks.length === 0 ? "nothing by name" : checks.join(", ")}`,
    ...(mirror === undefined ? [] : [`copy in Vault: ${code(mirror)}`]),
  ];
}

/** Those that are secret in bold, with where they come from. */
function keys({ keys: all, moreKeys }: InventorySecret): string {
  const named = all.map(({ name, origin, from }) => {
    const shown = origin === "plain" ? code(name) : `**${code(name)}**`;
    return from === undefined ? shown : `${shown} (${origin}, from ${code(from)})`;
  });
  return [...named, ...(moreKeys ? ["and what its maker adds"] : [])].join(", ");
}

function counts(secrets: readonly InventorySecret[]): string[][] {
  return Object.entries(ORIGINS).flatMap(([origin, meaning]) => {
    const count = secrets.filter(({ origins }) => (origins as readonly string[]).includes(origin)).length;
    return count === 0 ? [] : [[origin, meaning, String(count)]];
  });
}

function ownerOf({ owners }: Inventory, { owner, ownerKind }: InventorySecret): InventoryOwner {
  return owners.find(({ kind, name }) => kind === ownerKind && name === owner)!;
}

const title = ({ kind, name }: InventoryOwner) => (kind === name ? name : `${kind} ${name}`);
const code = (text: string) => `\`${text}\``;
/** To the heading, by the name that GitHub gives it. */
const link = (owner: InventoryOwner) => `[${title(owner)}](#${title(owner).toLowerCase().replaceAll(" ", "-")})`;

/** JSON with a line for each Secret: what was changed is what a comparison of lines shows. */
export function renderCompact(inventory: Inventory): string {
  const { secrets, ...rest } = inventory;
  const head = JSON.stringify(rest).slice(0, -1);
  return `${head},"secrets":[\n${secrets.map((secret) => JSON.stringify(secret)).join(",\n")}\n]}`;
}

/** The inventory in a page; `undefined` for a page without one. */
export function parseMarkdown(page: string): Inventory | undefined {
  const json = /\n```json\n([\s\S]*?)\n```\n/.exec(page)?.[1];
  try {
    const parsed = json === undefined ? undefined : (JSON.parse(json) as Partial<Inventory>);
    return parsed?.schema === 1 && Array.isArray(parsed.secrets) ? (parsed as Inventory) : undefined;
  } catch {
    return undefined;
  }
}
