import type { Inventory, InventoryKey, InventoryOwner, InventorySecret } from "./types";
import { sortBy } from "../shared/sort";

/** The Secrets of an owner. */
export function secretsOf({ secrets }: Pick<Inventory, "secrets">, { kind, name }: InventoryOwner): InventorySecret[] {
  return secrets.filter(({ ownerKind, owner }) => ownerKind === kind && owner === name);
}

/**
 * The way of an owner's Secrets, from who is the authority to who reads them, as a flowchart of
 * Mermaid's.
 */
export function flowOf(inventory: Inventory, owner: InventoryOwner): string {
  return chart(inventory, secretsOf(inventory, owner));
}

/** That of all of them, one after the other. */
export function renderMermaid(inventory: Inventory): string {
  return inventory.owners.map((owner) => `%% ${owner.kind} ${owner.name}\n${flowOf(inventory, owner)}`).join("\n");
}

type Shape = "box" | "secret" | "store";

function chart(inventory: Inventory, secrets: readonly InventorySecret[]): string {
  const nodes = new Map<string, string>();
  const edges = new Set<string>();
  const node = (text: string, shape: Shape = "box") => {
    const id = `n${[...nodes.keys()].indexOf(text) + 1 || nodes.size + 1}`;
    nodes.set(text, `${id}${SHAPES[shape](escape(text))}`);
    return id;
  };
  const edge = (from: string, to: string, label?: string) =>
    edges.add(`  ${from} -->${label === undefined ? "" : `|"${escape(label)}"|`} ${to}`);
  for (const secret of secrets) {
    const id = node(`Secret ${secret.namespace}/${secret.name}`, "secret");
    const { kind, object } = secret.producer;
    const by = kind === "ExternalSecret" ? `ExternalSecret ${object}` : undefined;
    for (const key of secret.keys.filter(({ origin }) => origin !== "plain" || secret.origins.includes("plain"))) {
      const origin = node(sourceOf(inventory, secret, key));
      if (by === undefined || key.from === undefined) edge(origin, id);
      else {
        const path = node(`Vault ${key.from.split("#")[0]}`, "store");
        edge(origin, path);
        edge(path, node(by));
      }
    }
    if (by !== undefined) edge(node(by), id);
    for (const reader of secret.after ?? []) edges.add(`  ${node(reader)} -.->|"applied, then written"| ${id}`);
    for (const consumer of secret.consumers) edge(id, node(consumer));
    if (secret.mirror !== undefined)
      edge(node(`PushSecret ${secret.namespace}/${secret.name}`), node(`Vault ${secret.mirror}`, "store"), "copy");
  }
  const lines = sortBy(nodes.values(), (line) => /\d+/.exec(line)![0].padStart(6, "0"));
  return ["flowchart LR", ...lines.map((line) => `  ${line}`), ...edges].join("\n");
}

const SHAPES: Readonly<Record<Shape, (text: string) => string>> = {
  box: (text) => `["${text}"]`,
  secret: (text) => `(["${text}"])`,
  store: (text) => `[("${text}")]`,
};

function sourceOf({ stack, cluster }: Inventory, { namespace, producer, authority }: InventorySecret, { origin }: InventoryKey): string {
  switch (origin) {
    case "operator":
      return `CloudNativePG, for ${namespace}/${cluster}`;
    case "generated":
      return `random, in the state of ${stack}`;
    case "external":
      return producer.kind === "outside" ? authority : "a third party";
    case "service":
      return producer.kind === "CronJob" ? "Vault" : "the service that gives it out";
    case "plain":
      return "no secret, in the repository";
  }
}

/** Mermaid's own way to write a quotation mark in a text. */
const escape = (text: string) => text.replaceAll('"', "#quot;");
