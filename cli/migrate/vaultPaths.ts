import { commandLine } from "../../config/commandLine";
import { isVaultPath } from "../../config/primitives";
import { isOfDatabaseEngine } from "../../manifests/objects/authored";
import type { ServiceFacts } from "./services";
import type { Item } from "./types";

/**
 * A path of Vault's, and whether somebody answers for it who is not whoever writes objects of the
 * cluster.
 */
export interface FormerPath {
  /** With its mount. */
  readonly path: string;
  readonly isNamed: boolean;
}

/**
 * Where a service's password was in Vault. An annotation and an ExternalSecret of the cluster say
 * what their writer likes: with what they name alone, a Vault administrator would be led to delete
 * somebody else's secret. The stack's file and the manifests of a repository are reviewed.
 */
export function formerPaths({ service, vaultPaths, fileWriters }: ServiceFacts): FormerPath[] {
  const files = fileWriters.flatMap(({ sources }) => sources);
  const named = (path: string) =>
    service.formerVaultPaths.includes(path) || files.some((source) => source === path || path.endsWith(`/${source}`));
  const paths = [...new Set([...service.formerVaultPaths, ...vaultPaths])];
  return paths.map((path) => ({ path, isNamed: isVaultPath(path) && named(path) }));
}

/**
 * A command of Vault's about each path that is answered for; what there is else is told, and no
 * command is made of it.
 */
export function aboutPaths(
  paths: readonly FormerPath[],
  text: string,
  command: (path: string) => string,
  more: readonly string[] = [],
): Item[] {
  const [known, unknown] = [paths.filter(({ isNamed }) => isNamed), paths.filter(({ isNamed }) => !isNamed)];
  return [
    ...(known.length === 0 && more.length === 0
      ? []
      : [
          {
            text: `${text}${known.length === 0 ? "" : `: ${known.map(({ path }) => inWords(path)).join(", ")}`}`,
            commands: [...known.map(({ path }) => command(path)), ...more],
          },
        ]),
    ...unknown.map(({ path }) => ({
      text: `${inWords(path)} is named by an object of the cluster alone, in which its writers can say anything: see in Vault whose it is. With \`--repo\` and a manifest that reads it, or in \`formerVaultPaths\` of the stack's file, it gets its command`,
    })),
  ];
}

/** What removes it. */
export function removal(path: string): string {
  if (isOfDatabaseEngine(path)) return commandLine("vault", "delete", staticRole(path) ?? path.replace("/creds/", "/roles/"));
  const [mount = "", ...rest] = path.split("/");
  return commandLine("vault", "kv", "metadata", "delete", `-mount=${mount}`, rest.join("/"));
}

/** `database/static-creds/app` is the password of `database/static-roles/app`. */
export function staticRole(source: string): string | undefined {
  const [, mount, name] = /(?:^|\/)([\w-]+)\/static-(?:creds|roles)\/([\w./-]+)$/.exec(source) ?? [];
  return mount === undefined || name === undefined ? undefined : `${mount}/static-roles/${name}`;
}

function inWords(path: string): string {
  const [mount = "", ...rest] = path.split("/");
  return `\`${rest.join("/")}\` of the mount \`${mount}\``;
}
