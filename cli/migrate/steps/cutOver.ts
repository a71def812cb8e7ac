import { applicationKeys } from "../../inventory/databases";
import type { ServiceFacts, Sharer } from "../services";
import type { Item } from "../types";
import type { Context, StepOf } from "./step";

/** Every application reads a Secret of its own, and in it only what is kept up to date. */
export const cutOver: StepOf = (facts, context) => {
  const { service, isTaken, stale, sharers } = facts;
  const login = facts.attempts.find(({ secret }) => secret === service.secret);
  const isDone = isTaken && stale.length === 0 && sharers.length === 0 && login?.outcome === "accepted";
  const refused = isTaken && login !== undefined && login.outcome !== "accepted";
  return {
    isDone,
    why: refused
      ? `no login as ${service.role} with the Secret ${service.secret}${login.why === undefined ? "" : `: ${login.why}`}`
      : "the name of the Secret stays, so that an application has nothing to change, unless it shares its login or reads a key that nothing keeps up to date",
    ...(refused ? { blocked: `no login with the Secret ${service.secret}: \`npm run drift\` says why` } : {}),
    items: isDone
      ? []
      : [
          ...sharers.map((sharer) => ownSecret(sharer, facts)),
          ...staleKeys(facts, context),
          {
            text: "what the application does, see for yourself; that Secret, role and login are as they should be, these say",
            commands: [context.commands.run("drift"), context.commands.run("smoke")],
          },
        ],
  };
};

function ownSecret({ who, of, secret }: Sharer, { service }: ServiceFacts): Item {
  if (of !== undefined)
    return {
      text: `${who} is ${of.name}'s and reads the Secret ${secret}, whose login is ${service.name}'s. Its own is ${of.secret}: role ${of.role}, database ${of.database}. What it needs of the database ${service.database} is moved there first (pg_dump, pg_restore --no-owner); then let it read ${of.secret}`,
    };
  return {
    text: `${who} reads the Secret ${secret}, too. If it is a part of ${service.name}, name it in \`services.${service.name}.workloads\`; if not, give it a record of its own in catalog/ (npm run migrate -- plan goes on from there), and let it read the Secret of that`,
  };
}

function staleKeys({ service, secret, stale }: ServiceFacts, { commands, facts }: Context): Item[] {
  const kept = applicationKeys(service).map(({ name }) => name);
  return stale.map(({ key, readers }) => {
    const wholes = facts.live.readers.filter((one) => one.secret === secret?.name && one.keys.length === 0).map(({ who }) => who);
    const who =
      readers.length > 0
        ? `${readers.join(", ")} ${readers.length === 1 ? "reads" : "read"} it`
        : wholes.length > 0
          ? `${wholes.join(", ")} may read it`
          : "nobody here reads it by name";
    return {
      text: `the key ${key} of the Secret ${service.secret} is none that the program writes: after a rotation the old password would still be in it. ${who}. Let its readers take one of ${kept.join(", ")}, or give the record a template that has it (catalog/templates.ts); then it goes`,
      commands: [commands.removeKey(service.secret, key)],
    };
  });
}
