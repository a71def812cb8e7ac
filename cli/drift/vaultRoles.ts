import { commandLine } from "../../config/commandLine";
import type { Desired, DesiredRole, Facts, Finding, Note } from "./types";
import type { VaultLogin } from "./vaultTypes";

/**
 * Finds roles that CloudNativePG manages among the logins that Vault was told to use or to change:
 * it would be a second writer of their passwords.
 */
export function checkVaultRoles(desired: Desired, { vaultLogins }: Facts): { findings: Finding[]; notes: Note[] } {
  if (vaultLogins === undefined || "reason" in vaultLogins) return { findings: [], notes: [] };
  const roles = new Map(desired.roles.map((role) => [role.spec.name, role]));
  const named = vaultLogins.flatMap((login) => {
    const role = roles.get(login.username);
    return role === undefined ? [] : [{ login, role }];
  });
  const elsewhere = named.filter(({ login }) => !mayBeHere(login, desired));
  return {
    findings: named.filter((one) => !elsewhere.includes(one)).map(({ login, role }) => finding(login, role)),
    notes: elsewhere.map(({ login: { path, username, host }, role: { service } }) => ({
      service,
      check: "vaultRole",
      text: `Vault's ${path} names a role ${username}, at ${host}, which is not this cluster's address`,
      command: commandLine("vault", "read", path),
    })),
  };
}

/** By one of the services of CloudNativePG's, or by what may lead there. */
function mayBeHere({ host }: VaultLogin, { cluster }: Desired): boolean {
  if (host === undefined || /^[\d.:[\]]+$/.test(host)) return true;
  const [first = ""] = host.split(".");
  return first === cluster || first.startsWith(`${cluster}-`);
}

function finding({ path, kind, username }: VaultLogin, { service }: DesiredRole): Finding {
  const found = (suspect: string, truth: string, mend: string): Finding => ({ service, check: "vaultRole", suspect, truth, mend });
  return kind === "staticRole"
    ? found(
        `Vault's ${path} changes the password of role ${username}`,
        "CloudNativePG is the only one to: it takes Vault's back when it next looks, and locks out the client that has it from Vault",
        commandLine("vault", "delete", path),
      )
    : found(
        `Vault's ${path} logs in as ${username}`,
        "that login is an application's, and CloudNativePG the only one to change its password: `rotate-root` would",
        `${commandLine("vault", "write", path)} username=… password=…`,
      );
}
