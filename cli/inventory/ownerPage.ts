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

/** What an owner has, how it is replaced, and what checks it: the blocks of a part of a page. */
export function ownerBlocks(inventory: Inventory, owner: InventoryOwner, report?: InventoryReport): string[] {
  const own = secretsOf(inventory, owner);
  return [
    `## ${title(owner)}`,
    `${owner.description}.`,
    ...(owner.settings === undefined ? [] : ["Settings of the application:", list(owner.settings)]),
    ...beside(owner),
    ...own.flatMap((secret) => [`### ${idOf(secret)}`, list(lines(secret, report))]),
    "### Where its Secrets come from and go",
    `\`\`\`mermaid\n${flowOf(inventory, owner)}\n\`\`\``,
    ...checks(inventory, own),
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

function checks(inventory: Inventory, own: readonly InventorySecret[]): string[] {
  const named = CHECKS.filter(({ is }) => own.some((secret) => secret.checks.some(is)));
  return ["### Checks", named.length === 0 ? "None by name." : list(named.flatMap(({ describe }) => describe(inventory, own)))];
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
