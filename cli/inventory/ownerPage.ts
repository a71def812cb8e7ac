import { CHECKS } from "./checks";
import { flowOf, secretsOf } from "./mermaid";
import { title } from "./owners";
import { idOf, producerInWords } from "./program";
import { code, table } from "../shared/tables";
import type { Inventory, InventoryOwner, InventoryReport, InventorySecret, Origin } from "./types";

/** What the origin of a key means. */
export const ORIGINS: Readonly<Record<Origin | "plain", string>> = {
  operator: "made by CloudNativePG",
  generated: "random, kept in this program's state",
  external: "given out by a third party",
  service: "written by a service when it runs",
  plain: "no secret",
};

/**
 * What an owner has, how it is replaced, what looks after it: the blocks of a page, or of a part of one.
 * @param level Of its heading. @param about What comes right below that.
 */
export function ownerBlocks(
  inventory: Inventory,
  owner: InventoryOwner,
  { level, about = [], report }: { level: 1 | 2; about?: readonly string[]; report?: InventoryReport },
): string[] {
  const own = secretsOf(inventory, owner);
  const below = `${"#".repeat(level)}#`;
  return [
    `${"#".repeat(level)} ${title(owner)}`,
    ...about,
    `${owner.description}.`,
    ...(owner.settings === undefined ? [] : ["The application is to be set so:", list(owner.settings)]),
    ...beside(owner),
    ...own.flatMap((secret) => [`${below} ${idOf(secret)}`, list(lines(secret, report))]),
    `${below} Where its Secrets come from and go`,
    `\`\`\`mermaid\n${flowOf(inventory, owner)}\n\`\`\``,
    ...checks(inventory, own, below),
  ];
}

/** What it has beside Secrets. */
function beside({ kind, name, owns }: InventoryOwner): string[] {
  return [
    ...(owns.length === 0
      ? []
      : [
          table(
            ["", "name", "in Kubernetes", ""],
            owns.map((one) => [one.kind, code(one.name), one.object, one.facts.join("; ")]),
          ),
        ]),
    ...(kind !== "service" || owns.some((one) => one.kind === "workload")
      ? []
      : [`No workload of it is named (\`services.${name}.workloads\`): this program restarts none.`]),
  ];
}

function checks(inventory: Inventory, own: readonly InventorySecret[], heading: string): string[] {
  const named = CHECKS.filter(({ is }) => own.some((secret) => secret.checks.some(is)));
  return [
    `${heading} What looks after them`,
    named.length === 0 ? "Nothing by name." : list(named.flatMap(({ describe }) => describe(inventory, own))),
  ];
}

function lines(secret: InventorySecret, report?: InventoryReport): string[] {
  const { purpose, origins, authority, consumers, rotation, mirror, checks: by } = secret;
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
    `checked by: ${by.length === 0 ? "nothing by name" : by.join(", ")}`,
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

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");
