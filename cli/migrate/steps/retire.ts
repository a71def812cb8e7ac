import { isOfDatabaseEngine } from "../../../manifests/objects/authored";
import { VAULT_PATHS_ANNOTATION } from "../../../kube/marks";
import type { ServiceFacts } from "../services";
import type { Item } from "../types";
import { staticRole } from "./freeze";
import type { Context, StepOf } from "./step";

/** What Vault had is gone, and what it had is no password any more. */
export const retire: StepOf = (facts, context) => {
  const { service, vaultPaths, isTaken } = facts;
  const isDone = isTaken ? vaultPaths.length === 0 && service.adopt === undefined : !facts.isMigrated;
  return {
    isDone,
    why: "a password that was in Vault is known there; once it is replaced, nothing has to be kept of it",
    items: isDone ? [] : [...fromVault(facts, context), ...rotated(facts, context), ...forgotten(facts)],
  };
};

function fromVault({ vaultPaths, service }: ServiceFacts, { commands }: Context): Item[] {
  if (vaultPaths.length === 0) return [];
  return [
    {
      text: "what Vault has of it goes, with the policy and the role that nothing else is read by (`vault policy delete`, `vault delete auth/kubernetes/role/…`)",
      commands: [...vaultPaths.map(removal), commands.unmark(`secret ${service.secret}`, VAULT_PATHS_ANNOTATION)],
    },
  ];
}

function removal(path: string): string {
  if (isOfDatabaseEngine(path)) return `vault delete ${staticRole(path) ?? path.replace("/creds/", "/roles/")}`;
  const [mount = "", ...rest] = path.split("/");
  return `vault kv metadata delete -mount=${mount} ${rest.join("/")}`;
}

/** Whether the application logs in with what it was taken over with. */
function isFirst({ marks, service }: ServiceFacts): boolean {
  return marks?.generation === marks?.first && marks?.login === service.role;
}

function rotated(facts: ServiceFacts, { commands }: Context): Item[] {
  const { service, marks, isTaken } = facts;
  if (isTaken && !isFirst(facts))
    return marks?.previous === undefined
      ? []
      : [{ text: "the password that was Vault's still lets somebody in: it ends", commands: [commands.retire(service.name)] }];
  const inPlace = "an application that holds the old one fails to log in until it has read the new one";
  if (service.rotation.strategy === "alternating") return [{ text: "the password is replaced", commands: [commands.rotate(service.name)] }];
  return [
    {
      text: "the password is replaced and no login fails, by two logins that take turns, if the application reads its user name from the Secret, too",
      commands: [commands.alternate(service.name), commands.retire(service.name)],
    },
    { text: `or it is replaced in place: ${inPlace}`, commands: [commands.rotate(service.name)] },
  ];
}

function forgotten({ service: { adopt, name } }: ServiceFacts): Item[] {
  return adopt === undefined
    ? []
    : [{ text: `last, \`adopt\` goes out of \`services.${name}\`; \`secretType\` stays: Kubernetes cannot change it` }];
}
