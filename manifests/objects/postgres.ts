import { isName } from "../named";
import { at, itemsOf, textAt, type Node } from "../nodes";
import { groupOf } from "./manifest";
import type { Manifest, SecretReference } from "./types";

/** Somebody who takes a Secret for a login for Postgres. */
export interface PostgresUse {
  readonly secret: string;
  readonly namespace: string | undefined;
  /** «the role app of the Cluster main reads it» */
  readonly why: string;
  /** Whether it is CloudNativePG itself, which takes whatever there is for a login. */
  readonly isCloudNativePg: boolean;
}

/** The Secrets that CloudNativePG reads logins from, or makes them in. */
export function postgresUsesOf(manifest: Manifest): PostgresUse[] {
  const { kind, node, namespace } = manifest;
  if (groupOf(manifest) !== "postgresql.cnpg.io") return [];
  const name = manifest.name ?? "?";
  const spec = at(node, "spec");
  const use = (secret: string | undefined, why: string): PostgresUse[] =>
    isName(secret) ? [{ secret, namespace, why, isCloudNativePg: true }] : [];
  if (kind === "DatabaseRole") return use(textAt(spec, "passwordSecret", "name"), `CloudNativePG reads it for the DatabaseRole ${name}`);
  if (kind === "Pooler") return use(textAt(spec, "pgbouncer", "authQuerySecret", "name"), `the Pooler ${name} logs in with it`);
  if (kind !== "Cluster") return [];
  const roles = itemsOf(at(spec, "managed", "roles")).flatMap((role) =>
    use(
      textAt(role, "passwordSecret", "name"),
      `CloudNativePG reads it for the role ${textAt(role, "name") ?? "?"} of the Cluster ${name}`,
    ),
  );
  const bootstraps = ["initdb", "recovery", "pg_basebackup"].flatMap((method) =>
    use(textAt(spec, "bootstrap", method, "secret", "name"), `the Cluster ${name} is made with it`),
  );
  const external = itemsOf(at(spec, "externalClusters")).flatMap((one: Node) =>
    use(textAt(one, "password", "name"), `the Cluster ${name} logs in to another with it`),
  );
  const own = isName(manifest.name)
    ? ["app", "superuser"].flatMap((suffix) => use(`${name}-${suffix}`, `CloudNativePG makes it for the Cluster ${name}`))
    : [];
  return [
    ...roles,
    ...bootstraps,
    ...use(textAt(spec, "superuserSecret", "name"), `it is the superuser's of the Cluster ${name}`),
    ...external,
    ...own,
  ];
}

const VARIABLE =
  /^PG(?:PASSWORD|PASSFILE|USER|HOST)$|POSTGRES|_PG_|JDBC|^(?:KC_)?DB_(?:PASS|PASSWORD|PWD|USERNAME|USER|URL|ADDR)|^DATABASE_(?:URL|PASSWORD|USER|USERNAME)|^TYPEORM_|SQLALCHEMY/;
const FIELD = /(?:^|[.\s])(?:\w*[pP]ostgres(?:ql)?\w*|externalDatabase|database|db|pg)(?:\.\w+)*\.\w+$/;
const OTHERS = /mysql|maria|mongo|redis|clickhouse|mssql|neo4j|elastic/i;

/** What a workload or a chart's values take a Secret for. */
export function postgresUseOf({ name, namespace, variables, field, keys }: SecretReference): PostgresUse | undefined {
  if (OTHERS.test(`${field} ${variables.join(" ")} ${keys.join(" ")}`)) return undefined;
  const variable = variables.find((one) => VARIABLE.test(one));
  if (variable !== undefined)
    return { secret: name, namespace, why: `${field.split(" ")[0]} reads ${variable} from it`, isCloudNativePg: false };
  return FIELD.test(field)
    ? { secret: name, namespace, why: `\`${field.split(" ").at(-1)}\` takes it for the database's login`, isCloudNativePg: false }
    : undefined;
}
