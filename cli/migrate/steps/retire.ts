import { VAULT_PATHS_ANNOTATION } from "../../../kube/marks";
import type { ServiceFacts } from "../services";
import type { Item } from "../types";
import { aboutPaths, formerPaths, removal } from "../vaultPaths";
import type { Context, StepOf } from "./step";

/** Vault's copy is gone, and its contents are not a password any more. */
export const retire: StepOf = (facts, context) => {
  const { service, vaultPaths, isTaken } = facts;
  const { formerVaultPaths, adopt } = service;
  const isDone = isTaken ? vaultPaths.length === 0 && formerVaultPaths.length === 0 && adopt === undefined : !facts.isMigrated;
  return {
    isDone,
    why: "a password that was in Vault is known there; once it is replaced, nothing has to be kept of it",
    items: isDone ? [] : [...fromVault(facts, context), ...rotated(facts, context), ...forgotten(facts)],
  };
};

function fromVault(facts: ServiceFacts, { commands }: Context): Item[] {
  const { service, secret } = facts;
  const paths = formerPaths(facts);
  const isMarked = secret !== undefined && secret.vaultPaths.length > 0;
  return aboutPaths(
    paths,
    "what Vault has of it goes, with the policy and the role that nothing else is read by (`vault policy delete`, `vault delete auth/kubernetes/role/…`)",
    removal,
    // An earlier version of this program has written it.
    isMarked ? [commands.unmark(["secret", service.secret], VAULT_PATHS_ANNOTATION)] : [],
  );
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

function forgotten({ service: { adopt, formerVaultPaths, name } }: ServiceFacts): Item[] {
  const gone = [...(adopt === undefined ? [] : ["`adopt`"]), ...(formerVaultPaths.length === 0 ? [] : ["`formerVaultPaths`"])];
  if (gone.length === 0) return [];
  const go = gone.length === 1 ? "goes" : "go";
  return [{ text: `last, ${gone.join(" and ")} ${go} out of \`services.${name}\`; \`secretType\` stays: Kubernetes cannot change it` }];
}
