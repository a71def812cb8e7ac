import { CNPG } from "../../kube/kinds/groups";
import { secretsNamed, type SecretField } from "../../kube/kinds/secretFields";
import { isName } from "../named";
import { NODES, textAt } from "../nodes";
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
  /** The folder of the chart that it is of. */
  readonly chart: string | undefined;
}

/** The Secrets that CloudNativePG reads logins from, or makes them in. */
export function postgresUsesOf(manifest: Manifest): PostgresUse[] {
  const { kind, node, namespace } = manifest;
  const { chart } = manifest.scope;
  if (groupOf(manifest) !== CNPG.group) return [];
  const name = manifest.name ?? "?";
  const use = (secret: string, why: string): PostgresUse[] =>
    isName(secret) ? [{ secret, namespace, why, isCloudNativePg: true, chart }] : [];
  const named = secretsNamed(NODES, kind, node).flatMap(({ secret, field, item }) => use(secret, whyOf(field, name, textAt(item, "name"))));
  const own =
    kind === "Cluster" && isName(manifest.name)
      ? ["app", "superuser"].flatMap((suffix) => use(`${name}-${suffix}`, `CloudNativePG makes it for the Cluster ${name}`))
      : [];
  return [...named, ...own];
}

function whyOf({ kind, login }: SecretField, name: string, role = "?"): string {
  switch (login) {
    case "role":
      return kind === "Cluster"
        ? `CloudNativePG reads it for the role ${role} of the Cluster ${name}`
        : `CloudNativePG reads it for the DatabaseRole ${name}`;
    case "firstOwner":
      return `the Cluster ${name} is made with it`;
    case "superuser":
      return `it is the superuser's of the Cluster ${name}`;
    case "otherCluster":
      return `the Cluster ${name} logs in to another with it`;
    case "pooler":
      return `the Pooler ${name} logs in with it`;
  }
}

const VARIABLE =
  /^PG(?:PASSWORD|PASSFILE|USER|HOST)$|POSTGRES|_PG_|JDBC|^(?:KC_)?DB_(?:PASS|PASSWORD|PWD|USERNAME|USER|URL|ADDR)|^DATABASE_(?:URL|PASSWORD|USER|USERNAME)|^TYPEORM_|SQLALCHEMY/;
const FIELD = /(?:^|[.\s])(?:\w*[pP]ostgres(?:ql)?\w*|externalDatabase|database|db|pg)(?:\.\w+)*\.\w+$/;
/** What the CloudNativePG chart's values hand to a Cluster. */
const OF_CLUSTER = /(?:^|\.)(?:(?:initdb|recovery|pg_basebackup)\.secret|roles\[[^\]]*\]\.passwordSecret|superuserSecret)$/;
const OTHERS = /mysql|maria|mongo|redis|clickhouse|mssql|neo4j|elastic/i;

/** What a workload or a chart's values take a Secret for. */
export function postgresUseOf({ name, namespace, variables, field, keys, chart }: SecretReference): PostgresUse | undefined {
  if (OTHERS.test(`${field} ${variables.join(" ")} ${keys.join(" ")}`)) return undefined;
  if (OF_CLUSTER.test(field))
    return { secret: name, namespace, why: `\`${field.split(" ").at(-1)}\` hands it to CloudNativePG`, isCloudNativePg: true, chart };
  const variable = variables.find((one) => VARIABLE.test(one));
  if (variable !== undefined)
    return { secret: name, namespace, why: `${field.split(" ")[0]} reads ${variable} from it`, isCloudNativePg: false, chart };
  return FIELD.test(field)
    ? { secret: name, namespace, why: `\`${field.split(" ").at(-1)}\` takes it for the database's login`, isCloudNativePg: false, chart }
    : undefined;
}
