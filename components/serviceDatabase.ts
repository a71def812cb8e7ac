import * as pulumi from "@pulumi/pulumi";
import { selectServices, type Service } from "../catalog/service";
import { OWN_KEYS } from "../catalog/shapes";
import type { Problem } from "../config/problem";
import { refuse } from "../config/refuse";
import { validateService } from "../config/validate";
import { planRotation, type RotationPlan } from "../rotation/plan";
import type { Authority } from "./authority/given";
import { ApplicationCredential } from "./applicationCredential";
import { makeDatabase } from "./databases";
import { makeRoles } from "./managedRoles";
import { placeOf, type PlaceArgs } from "./metadata";
import type { Toleration } from "./postgresCluster";
import type { ProvingCluster } from "./proof";
import { Restarts } from "./restarts";
import { RoleLogin } from "./roleLogin";
import { roleConfigurations } from "./roles";

/** An extension that CloudNativePG keeps installed in a database. */
export interface Extension {
  name: string;
  /** @default the one that the image has */
  version?: string;
  /** The schema that its objects are in. @default Postgres' choice */
  schema?: string;
  /** Why the application has to have it: required of one that Postgres lets no database's owner make (`dblink`, `postgres_fdw`). */
  reason?: string;
}

/**
 * Which passwords there are. A number tells one password from the next: another number is another
 * password, and to go back to a former number does not bring the former password back.
 *
 * One login, whose password is replaced: `{ generation: 1 }`, then `{ generation: 2 }`. The password
 * before ends when Postgres has the new one, which the application has a moment later.
 *
 * Two logins that take turns: `{ active: "a", a: 1 }`, then `{ active: "b", a: 1, b: 2 }`: both may
 * log in, and the application has `b`. A login that is left out may not log in any more:
 * `{ active: "b", b: 2 }`. At the next turn, `{ active: "a", a: 3, b: 2 }`. Never raise the number of
 * the login that is in use: the application would have an ended password until it has the new one.
 *
 * From one login to two: `{ active: "a", a: 1, owner: 4 }`, with the generation that there was as
 * `owner`; back again: `{ generation: 5, a: 3 }`.
 */
export interface Rotation {
  /** One login: the generation of the owner's password. @default 0 */
  generation?: number;
  /** Two logins: `a` or `b`, which of them the application has. */
  active?: string;
  /** Generation of the password of the login `<role>_a`, for as long as it may log in. */
  a?: number;
  /** The same of `<role>_b`. */
  b?: number;
  /** Two logins: generation of the owner's password, for as long as that still may log in. */
  owner?: number;
  /** The generation that it all began with: nothing is restarted for it. @default 0 */
  first?: number;
}

/** How a password is proven before the application has it: a Job logs in with it. */
export interface Proof {
  /** An image that has `psql` and `sh`: that of the Cluster does. */
  image: pulumi.Input<string>;
  /** `Always`, `IfNotPresent` or `Never`. @default Kubernetes' */
  imagePullPolicy?: string;
  /** Names of Secrets. @default none */
  imagePullSecrets?: string[];
  /** How long it tries to log in before it fails the `up`. @default 60 */
  seconds?: number;
  /** Labels that its node has to have. */
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
}

/** What reads the Secret at its start only. */
export interface WorkloadReference {
  /** `Deployment`, `StatefulSet` or `DaemonSet`. */
  kind: string;
  name: string;
  /** @default the service's */
  namespace?: string;
}

/** How the application is told to protect its connection; the names are libpq's. */
export interface ConnectionTls {
  /**
   * `verify-full` proves the server by the key `ca.crt` of the application's own Secret, which it
   * mounts; `verify-ca` does, too, under whatever name; `require` encrypts, and gives the password to
   * any server; `prefer` lets a client in that cannot speak TLS. @default "verify-full"
   */
  mode?: string;
  /** Path, in the application's container, of that key. @default "/etc/postgres-authority/ca.crt" where the server is proven */
  ca?: string;
}

export interface ServiceDatabaseArgs extends PlaceArgs {
  /**
   * Name of the Cluster, in the same namespace: `clusterName` of a PostgresCluster whose `services`
   * name this one, or of one that is made otherwise and whose pg_hba.conf lets the service's logins
   * into its database. Another Cluster is another, empty database.
   */
  cluster: pulumi.Input<string>;
  /** What the Cluster's server is proven by: `authority` of the PostgresCluster. The application's Secret has its certificates, as `ca.crt`. */
  authority: pulumi.Input<Authority>;
  /** One sentence: the comment of the role. */
  description?: string;
  /** The role that owns the database. Another name is another role, which owns nothing. @default the component's name, `-` as `_` */
  role?: string;
  /** Another name is another, empty database. @default the role's name */
  database?: string;
  /** @default none */
  extensions?: Extension[];
  /** Schemas that the role owns, beside `public`. @default none */
  schemas?: string[];
  /** Roles whose objects in the database are not for its owner to use: an auditor's, a tool's. @default none */
  foreignOwners?: string[];
  /** Concurrent connections of each login, -1 for no limit. @default -1 */
  connectionLimit?: number;
  /** The Secret that the application reads. Another name leaves the application with none. @default `<name>-db-auth` */
  secretName?: string;
  /**
   * Which keys the Secret has: `pg`, `servicebinding`, `libpq-env`, `rails-env`, `node-env`,
   * `prisma-env`, `prisma-adapter-env`, `asyncpg-env`, `spring-env`, `npgsql-env`, `temporal-env`
   * or `temporal-visibility-env`. Where the type of the Secret stays, another one changes it in
   * place.
   * @default "pg"
   */
  template?: string;
  /**
   * Keys of your own, each with its text: `{ DATABASE_URL: "{uri}" }`. Beside the keys of
   * `template` where that is given, else in their place.
   */
  secretKeys?: Record<string, string>;
  /**
   * Type of the Secret, which Kubernetes cannot change. @default the template's; "Opaque" for
   * `secretKeys` alone
   */
  secretType?: string;
  /** Further keys: `tls`, `readOnly` and `pooler`; `node`, `prisma`, `asyncpg` and `npgsql` for those clients. @default none */
  keys?: string[];
  /** @default `{ mode: "verify-full" }` */
  tls?: ConnectionTls;
  /** Name of the Pooler that the application goes through: the `pooler` keys lead to it, and passwords are proven through it. */
  pooler?: string;
  /** @default `{ generation: 0 }` */
  rotation?: Rotation;
  proof: Proof;
  /** Restarted one after the other, when they have another credential, and waited for. @default none */
  workloads?: WorkloadReference[];
  /** How long each restart may take. @default 600 */
  restartSeconds?: number;
}

/**
 * A database of one application in a CloudNativePG cluster, and its credential: the role and the
 * Secret of its password, which is kept in the state, the database, a Job that logs in with each new
 * password, and, once it has, the Secret that the application reads. Then what reads that at its
 * start is restarted.
 *
 * The component's name is the service's: its objects' names begin with it. Deleting it keeps the
 * database and its owner; dropping data is done by hand, in Postgres.
 *
 * A provider for Kubernetes with `enableSecretMutable: true` changes Secrets in place. Without that
 * each rotation deletes a Secret before it makes it anew.
 */
export class ServiceDatabase extends pulumi.ComponentResource {
  /** The Secret that the application reads, known once a login with what is in it was proven. */
  readonly secretName!: pulumi.Output<string>;
  /** The role that the application logs in as. */
  readonly login!: pulumi.Output<string>;
  readonly database!: pulumi.Output<string>;
  /** When the password was made, as ISO 8601 writes it. */
  readonly passwordChangedAt!: pulumi.Output<string>;

  /** @throws pulumi.RunError naming every argument that is wrong, before anything is made */
  constructor(name: string, args: ServiceDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ServiceDatabase", name, shownArgs(args), opts);
    const { service, plan, proofSeconds, restartSeconds } = resolve(name, args);
    const place = placeOf(args);
    const { cluster } = args;
    const authority = pulumi.output(args.authority);
    const child = { parent: this };

    const logins = new Map(
      plan.logins.map((login) => [login.slot, new RoleLogin(`${name}-${login.slot}`, { service: name, place, login }, child)]),
    );
    const configurations = roleConfigurations(service, plan, logins);
    const roles = makeRoles((slot) => `${name}-${slot}`, service, configurations, { place, cluster, logins: "delete" }, child);
    const database = makeDatabase(name, service, { place, cluster }, { ...child, dependsOn: roles });
    const credential = new ApplicationCredential(
      name,
      {
        ...{ service, plan, place, logins, database, roleApi: "databaseRole" },
        cluster: provingCluster(args),
        authority: { ca: authority.certificates, configMap: authority.configMap, authorities: "1" },
        proof: { image: args.proof.image, seconds: proofSeconds },
        // The proof tries until Postgres has the password, and the Secret is written after it.
        applied: { applied: () => Promise.resolve() },
        reconciled: pulumi.all(roles.map(({ id }) => id)),
      },
      child,
    );
    new Restarts(name, { namespace: args.namespace, nameOf: restartOf, seconds: restartSeconds, credentials: [credential] }, child);

    const outputs = {
      secretName: credential.secret.metadata.name,
      login: pulumi.output(plan.active.role),
      database: pulumi.output(service.database),
      passwordChangedAt: credential.summary.changedAt,
    };
    this.secretName = outputs.secretName;
    this.login = outputs.login;
    this.database = outputs.database;
    this.passwordChangedAt = outputs.passwordChangedAt;
    this.registerOutputs(outputs);
  }
}

/** Kubernetes' names have no `/`: no two workloads of whatever services are called the same. */
function restartOf(service: string, { kind, namespace = "", name }: Service["workloads"][number]): string {
  return `${service}/${kind.toLowerCase()}/${namespace}/${name}/restart`;
}

/** What the state and the console show of them. */
function shownArgs({ cluster, namespace, role, database, rotation }: ServiceDatabaseArgs): pulumi.Inputs {
  return { cluster, namespace, role, database, rotation };
}

interface Resolved {
  readonly service: Service;
  readonly plan: RotationPlan;
  readonly proofSeconds: number;
  readonly restartSeconds: number;
}

/** The service as a catalogue would have it, checked by the same rules. */
function resolve(name: string, args: ServiceDatabaseArgs): Resolved {
  const { rotation: entry = {}, secretKeys, secretType, description = `The database of ${name}`, secretName } = args;
  const { keys, pooler, connectionLimit, workloads = [], restartSeconds } = args;
  const tls = { ...args.tls, mode: args.tls?.mode ?? "verify-full" };
  const strategy = entry.active === undefined ? "inPlace" : "alternating";
  const proof = (args as Partial<ServiceDatabaseArgs>).proof;
  const { config, problems } = validateService({
    name,
    service: { keys, tls, pooler, connectionLimit, secretType, workloads, rotation: { strategy } },
    entry: Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)),
    proofSeconds: proof?.seconds,
    restartSeconds,
  });
  if (proof?.image === undefined)
    problems.push({
      path: "proof.image",
      message: "is missing: it proves passwords",
      remedy: "name an image that has `psql`, as the Cluster's",
    });
  problems.push(...namesOfLogins(name, args));
  const { role, database, extensions, schemas, foreignOwners } = args;
  const template = secretKeys === undefined ? (args.template ?? "pg") : OWN_KEYS;
  const templates = secretKeys && { [OWN_KEYS]: { extends: args.template, keys: secretKeys } };
  const secret = { name: secretName, template };
  const cluster = { ...config.cluster, name: typeof args.cluster === "string" ? args.cluster : config.cluster.name };
  const records = [{ name, description, role, database, extensions, schemas, foreignOwners, secret }];
  const selected = selectServices(records, { ...config, cluster, templates }, restartOf);
  if ("problems" in selected) problems.push(...selected.problems);
  const [service] = "services" in selected ? selected.services : [];
  if (problems.length > 0 || service === undefined)
    return refuse(
      `ServiceDatabase ${name}`,
      problems.map((problem) => inArguments(name, args, problem)),
    );
  const { rotation } = config;
  // Without a word of CloudNativePG's, a password is in the application's Secret only once a login has proven it.
  const plan = { ...planRotation(service), provenFirst: true };
  return { service, plan, proofSeconds: rotation.proof.seconds, restartSeconds: rotation.restartSeconds };
}

/** Names that another service's logins have, or the Secrets of their passwords. Nobody here knows whether there is such a service. */
function namesOfLogins(name: string, { role, secretName }: ServiceDatabaseArgs): Problem[] {
  const taken: [path: string, value: string | undefined, form: RegExp][] = [
    ["name", name, /-[ab]$/],
    ["role", role, /_[ab]$/],
    ["secretName", secretName, /-db-role(-[ab])?$/],
  ];
  return taken.flatMap(([path, value, form]) =>
    value !== undefined && form.test(value)
      ? [{ path, message: `\`${value}\` is what a login of another service would be called`, remedy: "choose one that ends otherwise" }]
      : [],
  );
}

/** A problem of a stack's file where it is in the arguments. */
function inArguments(name: string, args: ServiceDatabaseArgs, { path, message, remedy }: Problem): Problem {
  const places: [there: string, here: string][] = [
    [`catalog.${name}.secret.name`, "secretName"],
    [`catalog.${name}.secret.template`, args.secretKeys === undefined ? "template" : "secretKeys"],
    [`templates.${OWN_KEYS}.extends`, "template"],
    [`templates.${OWN_KEYS}.keys`, "secretKeys"],
    [`templates.${OWN_KEYS}`, "secretKeys"],
    [`catalog.${name}.`, ""],
    [`services.${name}.`, ""],
    [`rotation.services.${name}`, "rotation"],
    ["rotation.", ""],
  ];
  const [there, here] = places.find(([start]) => path.startsWith(start)) ?? ["", ""];
  return { path: here + path.slice(there.length), message, remedy: remedy.replace(/, or change the strategy .*/, "") };
}

function provingCluster({ cluster: name, proof }: ServiceDatabaseArgs): ProvingCluster {
  const { imagePullPolicy, imagePullSecrets = [], nodeSelector, tolerations } = proof;
  return {
    name,
    imagePullSecrets,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    placement: { ...(nodeSelector === undefined ? {} : { nodeSelector }), ...(tolerations === undefined ? {} : { tolerations }) },
  };
}
