import type { KubeConfig } from "@kubernetes/client-node";
import type { DatabaseError } from "pg";
import type { Service } from "../../catalog/service";
import { primaryHost } from "../../kube/primary";
import type { Attempt, FoundSecret, PostgresFacts } from "./types";
import { credentialKeys } from "../../catalog/templates";
import { visible } from "../../config/visible";
import { CATALOGUE_SQL, type Catalogue } from "../shared/postgresCatalogue";
import { connectWith, withWay, type Way } from "../shared/login";

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

/** SQLSTATEs: another password; a database that is not there, which Postgres says to whom it has let in. */
const [REFUSED, NO_DATABASE] = ["28P01", "3D000"];
const PASSWORD = /pass(?:word|wd)?$|pwd$/i;
const USER_KEYS = ["username", "user"];

/** Logs in with what each Secret says, and asks Postgres who else there is. Nothing of a Secret is kept. */
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
        const key = keyOf(service, secret);
        const about = { service: service.name, secret: secret.name };
        if (key === undefined) attempts.push({ ...about, outcome: "none" });
        else {
          const { looked, ...attempt } = await tryLogin(way, cluster, service, secret.name, key, isTaken, postgres === undefined);
          attempts.push({ ...about, key, ...attempt });
          postgres ??= looked;
        }
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

/** The one that is adopted; that of the template; the only one that is called a password. */
function keyOf(service: Service, { name, keys }: FoundSecret): string | undefined {
  const adopted = service.adopt?.secret === name ? service.adopt.key : undefined;
  const named = keys.filter((key) => PASSWORD.test(key));
  const known = [adopted, credentialKeys(service.template).password, "password"].find((key) => key !== undefined && keys.includes(key));
  return known ?? (named.length === 1 ? named[0] : undefined);
}

async function tryLogin(
  way: Way,
  cluster: string,
  service: Service,
  secret: string,
  key: string,
  isTaken: boolean,
  isCurious: boolean,
): Promise<Pick<Attempt, "outcome" | "why" | "namesAnother"> & { looked?: PostgresFacts }> {
  const { data = {} } = await way.core.readNamespacedSecret({ namespace: way.namespace, name: secret });
  const value = (of: string) => Buffer.from(data[of] ?? "", "base64").toString("utf8");
  const userKey = [credentialKeys(service.template).user, ...USER_KEYS].find((one) => data[one] !== undefined);
  const said = userKey === undefined ? service.role : value(userKey);
  const namesAnother = !isTaken && said !== service.role ? ({ namesAnother: true } as const) : {};
  const credential = {
    user: isTaken ? said : service.role,
    password: value(key),
    database: service.database,
    host: primaryHost(cluster, way.namespace),
  };
  try {
    const client = await connectWith(way, credential);
    try {
      if (!isCurious) return { outcome: "accepted", ...namesAnother };
      const { rows } = await client.query<{ catalogue: Catalogue }>(CATALOGUE_SQL);
      return { outcome: "accepted", ...namesAnother, looked: rows[0]!.catalogue };
    } finally {
      await client.end();
    }
  } catch (error) {
    const { code, message } = error as DatabaseError;
    if (code === NO_DATABASE) return { outcome: "accepted", ...namesAnother };
    return { outcome: code === REFUSED ? "refused" : "failed", why: visible(message), ...namesAnother };
  }
}
