import { loginRole, SLOTS } from "../catalog/names";
import type { Problem } from "../config/problem";
import { isOurs } from "./ownership";
import type { ClusterFacts, Marks, PreflightRequest } from "./types";

type Service = PreflightRequest["services"][number];

// What CloudNativePG takes for a password that is hashed already.
const HASH = /^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/;

/** The first passwords of the services that adopt one, and what stands in the way of that. */
export function adopt(request: PreflightRequest, facts: ClusterFacts): { problems: Problem[]; adopted: Record<string, string> } {
  const adopted: Record<string, string> = {};
  const problems = request.services.flatMap((service) => {
    const notTaken = checkTakeOver(service, request, facts);
    if (!service.adopt || notTaken.length > 0) return notTaken;
    const { secret, key } = service.adopt;
    const source = facts.adoptable[secret];
    const value = source?.data[key] ?? currentPassword(service, request, facts);
    const path = `services.${service.name}.adopt`;
    const mistyped = checkType(service, source?.type);
    if (value === undefined) {
      // The password is in the state since before the Database was made.
      if (facts.objects.databases?.some((database) => database.name === service.name && isOurs(database, request))) return mistyped;
      const message = source === undefined ? `the Secret \`${secret}\` does not exist` : `the Secret \`${secret}\` has no key \`${key}\``;
      return [{ path, message, remedy: "correct it, or remove `adopt` to have a password generated" }, ...mistyped];
    }
    if (value === "" || value.trim() !== value || HASH.test(value)) {
      const message = `the password in \`${secret}\` is empty, begins or ends with white space, or is a hash: CloudNativePG would not set it as it is`;
      return [{ path, message, remedy: "remove `adopt` to have a password generated" }, ...mistyped];
    }
    adopted[service.name] = value;
    return mistyped;
  });
  return { problems, adopted };
}

/** The Secret of the login in use has the password when the one that it was adopted from is gone. */
function currentPassword(service: Service, request: PreflightRequest, facts: ClusterFacts): string | undefined {
  const own = currentRoleSecret(service, facts);
  return own !== undefined && own.owner === request.owner ? facts.adoptable[own.name]?.data.password : undefined;
}

/** Without the other state, the password in use is only in the Secret of its own login: making a new one would lock the application out. */
function checkTakeOver(service: Service, request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const own = currentRoleSecret(service, facts);
  if (own?.owner === undefined || own.owner !== request.takeOver || own.owner === request.owner || own.name === service.adopt?.secret)
    return [];
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
  const secret = (name: string | undefined) => facts.objects.secrets?.find((one) => one.name === name);
  const login = secret(service.secret)?.login;
  const slot = SLOTS.find((one) => loginRole(service.role, one) === login) ?? "owner";
  return secret(service.roleSecrets[slot]);
}

function checkType(service: Service, type: string | undefined): Problem[] {
  if (type === undefined || service.adopt?.secret !== service.secret || type === service.secretType) return [];
  const settable = type === "Opaque" || type === "kubernetes.io/basic-auth";
  return [
    {
      path: `services.${service.name}.secretType`,
      message: `the Secret \`${service.secret}\` has the type ${type}, which Kubernetes cannot change`,
      remedy: settable ? `set it to \`${type}\`` : "copy its password to a Secret of another name, adopt that, and remove this one",
    },
  ];
}
