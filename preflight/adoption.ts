import { loginRole, SLOTS } from "../catalog/names";
import { passwordIn } from "../config/passwordValue";
import type { Problem } from "../config/problem";
import { SECRET_TYPES } from "../config/schema";
import { named } from "./marks";
import { isOurs, isOwn, isTakenOver } from "./ownership";
import type { ClusterFacts, Marks, PreflightRequest } from "./types";

type Service = PreflightRequest["services"][number];

/** The first passwords of the services that adopt one, what stands in the way of that, and what is to be known of them. */
export function adopt(
  request: PreflightRequest,
  facts: ClusterFacts,
): { problems: Problem[]; notes: string[]; adopted: Record<string, string> } {
  const adopted: Record<string, string> = {};
  const notes: string[] = [];
  const problems = request.services.flatMap((service) => {
    const notTaken = checkTakeOver(service, request, facts);
    if (!service.adopt || notTaken.length > 0) return notTaken;
    const { secret, key } = service.adopt;
    const source = facts.adoptable[secret];
    const given = source?.data[key];
    const value = given ?? currentPassword(service, request, facts);
    const path = `services.${service.name}.adopt`;
    const mistyped = checkType(service, source?.type);
    if (value === undefined) {
      // The password is in the state since before the Database was made.
      const database = named(facts.objects.databases, service.name);
      if (database !== undefined && isOurs(database, request)) return mistyped;
      const message = source === undefined ? `the Secret \`${secret}\` does not exist` : `the Secret \`${secret}\` has no key \`${key}\``;
      return [{ path, message, remedy: "correct it, or remove `adopt` to have a password generated" }, ...mistyped];
    }
    // The role's own Secret has the password alone, whatever it was adopted from.
    const found = passwordIn(value, given === undefined ? "password" : (service.adopt.form ?? "password"), service.role);
    if ("reason" in found) {
      const { reason, remedy = "remove `adopt` to have a password generated" } = found;
      return [{ path, message: `the value of \`${key}\` in the Secret \`${secret}\` ${reason}`, remedy }, ...mistyped];
    }
    if (found.isShort) notes.push(`${path}: the password is shorter than 16 characters; rotate it when nobody depends on it any more`);
    adopted[service.name] = found.password;
    return mistyped;
  });
  return { problems, notes, adopted };
}

/** The Secret of the login in use has the password when the one that it was adopted from is gone. */
function currentPassword(service: Service, request: PreflightRequest, facts: ClusterFacts): string | undefined {
  const own = currentRoleSecret(service, facts);
  return own !== undefined && isOwn(own, request) ? facts.adoptable[own.name]?.data.password : undefined;
}

/** Without the other state, the password in use is only in the Secret of its own login: making a new one would lock the application out. */
function checkTakeOver(service: Service, request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const own = currentRoleSecret(service, facts);
  if (own === undefined || !isTakenOver(own, request) || own.name === service.adopt?.secret) return [];
  return [
    {
      path: `services.${service.name}.adopt`,
      message: `taking over \`${own.name}\` would replace its password`,
      remedy: `set \`services.${service.name}.adopt.secret\` to ${own.name} to keep it`,
    },
  ];
}

/** The role Secret of the login that the application's Secret names, else the owner's. */
function currentRoleSecret(service: Service, facts: ClusterFacts): Marks | undefined {
  const secret = (name: string | undefined) => named(facts.objects.secrets, name);
  const login = secret(service.secret)?.login;
  const slot = SLOTS.find((one) => loginRole(service.role, one) === login) ?? "owner";
  return secret(service.roleSecrets[slot]);
}

function checkType(service: Service, type: string | undefined): Problem[] {
  if (type === undefined || service.adopt?.secret !== service.secret || type === service.secretType) return [];
  const settable = (SECRET_TYPES as readonly string[]).includes(type);
  return [
    {
      path: `services.${service.name}.secretType`,
      message: `the Secret \`${service.secret}\` has the type ${type}, which Kubernetes cannot change`,
      remedy: settable ? `set it to \`${type}\`` : "copy its password to a Secret of another name, adopt that, and remove this one",
    },
  ];
}
