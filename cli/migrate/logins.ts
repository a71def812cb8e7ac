import type { KubeConfig } from "@kubernetes/client-node";
import type { DatabaseError } from "pg";
import type { Service } from "../../catalog/service";
import { primaryHost } from "../../kube/primary";
import type { Attempt, FoundSecret, PostgresFacts } from "./types";
import { credentialKeys } from "../../catalog/templates";
import { passwordIn, type PasswordForm } from "../../config/passwordValue";
import { visible } from "../../config/visible";
import { askRoles } from "../../preflight/postgres/read";
import { withWay, type Way } from "../shared/login";
import { connectWith } from "../../preflight/postgres/session";

/** A service, and the Secrets that its password may be in. */
export interface Candidate {
  readonly service: Service;
  readonly secrets: readonly FoundSecret[];
  /** Whether the Secret says who logs in. Otherwise that is the service's role. */
  readonly isTaken: boolean;
}

export interface Attempts {
  readonly attempts: readonly Attempt[];
  /** Absent where no login could look. */
  readonly postgres?: PostgresFacts;
}

/**
 * SQLSTATEs: another password; a database that is not there, which Postgres says to whom it has let
 * in.
 */
const [REFUSED, NO_DATABASE] = ["28P01", "3D000"];
const PASSWORD = /pass(?:word|wd)?$|pwd$/i;
const USER_KEYS = ["username", "user"];

/**
 * Logs in with what each Secret says, and asks Postgres who else there is. Nothing of a Secret is
 * kept.
 */
export async function tryLogins(
  config: KubeConfig,
  namespace: string,
  cluster: string,
  primary: string,
  candidates: readonly Candidate[],
): Promise<Attempts> {
  const all = candidates.flatMap(({ secrets, ...rest }) => secrets.map((secret) => ({ ...rest, secret })));
  if (all.length === 0) return { attempts: [] };
  try {
    return await withWay(config, `${namespace}/${cluster}`, primary, async (way) => {
      const attempts: Attempt[] = [];
      let postgres: PostgresFacts | undefined;
      for (const { service, secret, isTaken } of all) {
        const { looked, ...attempt } = await tryLogin(way, cluster, service, secret, isTaken, postgres === undefined);
        attempts.push({ service: service.name, secret: secret.name, ...attempt });
        postgres ??= looked;
      }
      return { attempts, ...(postgres === undefined ? {} : { postgres }) };
    });
  } catch (error) {
    return {
      attempts: all.map(({ service, secret }) => ({
        service: service.name,
        secret: secret.name,
        outcome: "failed",
        why: visible((error as Error).message),
      })),
    };
  }
}

/** A key of a Secret, and how it has the password. */
interface Found {
  readonly key: string;
  readonly form: PasswordForm;
}

/**
 * The key that is adopted; that of the template; the only one that is called a password; the only
 * URI of the service's role. What is a URI is read as one, whatever has been said of it.
 */
export function passwordKey(service: Service, secret: string, value: (key: string) => string, keys: readonly string[]): Found | undefined {
  const { adopt, role, template } = service;
  const isUri = (key: string) => !("reason" in passwordIn(value(key), "uri", role));
  const of = (key: string): Found => ({ key, form: isUri(key) ? "uri" : "password" });
  const adopted = adopt?.secret === secret ? adopt.key : undefined;
  const known = [adopted, credentialKeys(template).password, "password"].find((key) => key !== undefined && keys.includes(key));
  if (known !== undefined) return known === adopted && adopt?.form !== undefined ? { key: known, form: adopt.form } : of(known);
  const named = keys.filter((key) => PASSWORD.test(key));
  if (named.length === 1) return of(named[0]!);
  const uris = keys.filter(isUri);
  const passwords = new Set(uris.map((key) => JSON.stringify(passwordIn(value(key), "uri", role))));
  return named.length === 0 && passwords.size === 1 ? { key: uris[0]!, form: "uri" } : undefined;
}

async function tryLogin(
  way: Way,
  cluster: string,
  service: Service,
  { name: secret }: FoundSecret,
  isTaken: boolean,
  isCurious: boolean,
): Promise<Omit<Attempt, "service" | "secret"> & { looked?: PostgresFacts }> {
  const { data = {} } = await way.core.readNamespacedSecret({ namespace: way.namespace, name: secret });
  const value = (of: string) => Buffer.from(data[of] ?? "", "base64").toString("utf8");
  const chosen = passwordKey(service, secret, value, Object.keys(data));
  if (chosen === undefined) return { outcome: "none" };
  const { key, form } = chosen;
  const about = { key, ...(form === "password" ? {} : { form }) };
  const found = passwordIn(value(key), form, service.role);
  if ("reason" in found) return { ...about, outcome: "failed", why: `the value of ${key} ${found.reason}` };
  const { user, within } = credentialKeys(service.template);
  const userKey = [user, ...USER_KEYS].find((one) => one !== undefined && within?.[one] === undefined && data[one] !== undefined);
  const said = userKey === undefined ? service.role : value(userKey);
  const namesAnother = !isTaken && said !== service.role ? ({ namesAnother: true } as const) : {};
  const credential = {
    user: isTaken ? said : service.role,
    password: found.password,
    database: service.database,
    host: primaryHost(cluster, way.namespace),
  };
  try {
    const client = await connectWith(way, credential);
    try {
      if (!isCurious) return { ...about, outcome: "accepted", ...namesAnother };
      const asTheyAre = await askRoles(client);
      return { ...about, outcome: "accepted", ...namesAnother, looked: { ...asTheyAre, asTheyAre } };
    } finally {
      await client.end();
    }
  } catch (error) {
    const { code, message } = error as DatabaseError;
    if (code === NO_DATABASE) return { ...about, outcome: "accepted", ...namesAnother };
    return { ...about, outcome: code === REFUSED ? "refused" : "failed", why: visible(message), ...namesAnother };
  }
}
