import type { RotationConfig, SecretType, ServiceConfig, StackConfig, Strategy, TlsConfig, Workload } from "../config/schema";
import type { Problem } from "../config/problem";
import type { RoleAttribute } from "../config/roles";
import type { RotationEntry } from "../config/rotation";
import { clashes } from "../config/clashes";
import { correctName, didYouMean } from "../config/similar";
import type { Environment } from "../config/environment";
import { CA_PATH } from "./authorities";
import { checkCatalogue } from "./check";
import { ROLLED_OUT } from "../kube/marks";
import { loginRole, otherNamespaces, resolveNames, restartOf, SLOTS } from "./names";
import { pathOf, profileOf, type Profile } from "./profiles";
import type { ServiceRecord } from "./record";
import { soundServices } from "./recordSchema";
import { checkChosen, inStackFile, readTemplates, type Definitions } from "./shapes";
import type { OptionalKeys, Template } from "./templates";

/** A service of one stack: its record with every default filled in, and what the stack sets. */
export interface Service {
  readonly name: string;
  readonly description: string;
  readonly role: string;
  readonly database: string;
  readonly extensions: NonNullable<ServiceRecord["extensions"]>;
  readonly schemas: readonly string[];
  /** How its database is made. */
  readonly creation: NonNullable<ServiceRecord["creation"]>;
  /** Roles whose objects in the database are not for its owner to use. */
  readonly foreignOwners: readonly string[];
  readonly connectionLimit: number;
  /** Nobody has said that limit: it is a share of what there is. */
  readonly hasShare?: true;
  /** Absent: nothing of it, as for most. */
  readonly attributes?: readonly RoleAttribute[];
  readonly memberOf?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Of what its role had before. */
  readonly givesUp?: readonly string[];
  /** Its rights in another service's database. Absent: the database is its own. */
  readonly profile?: Profile;
  readonly bootstrapOwner: boolean;
  /** What the application is to be set to. */
  readonly applicationSettings: readonly string[];
  /** The Secret that the application reads. */
  readonly secret: string;
  /** Where it is beside the stack's namespace. Absent: nowhere else. */
  readonly namespaces?: readonly string[];
  readonly secretType: SecretType;
  readonly template: Template;
  readonly optionalKeys: readonly OptionalKeys[];
  readonly tls: Required<Pick<TlsConfig, "mode">> & TlsConfig & { /** Whether the stack says the mode. */ readonly isSaid: boolean };
  readonly pooler?: string;
  readonly adopt?: ServiceConfig["adopt"];
  /** With their mounts. */
  readonly formerVaultPaths: readonly string[];
  readonly rotation: ServiceRotation;
  readonly restart: ServiceConfig["restart"];
  readonly workloads: readonly Workload[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether Pulumi refuses to delete the Secrets of its logins. */
  readonly isProtected: boolean;
}

/** When a service's password is replaced, and how. */
export interface ServiceRotation {
  readonly strategy: Strategy;
  /** Its logins, as the stack's file has them; empty where it says nothing. */
  readonly entry: RotationEntry;
  readonly maxAgeDays?: number;
  /** How long after a turn the login before may still log in. */
  readonly previousMaxDays?: number;
}

/**
 * The services that are on, in the catalogue's order, or every problem of the catalogue and of the stack's `services`.
 *
 * @param nameOf what the resource that restarts a workload is called
 * @param defined the catalogue's own templates
 */
export function selectServices(
  catalogue: readonly ServiceRecord[],
  stack: Pick<StackConfig, "namespace" | "services" | "tls" | "cluster" | "rotation" | "vault" | "environment"> &
    Partial<Pick<StackConfig, "templates">>,
  nameOf = (service: string, workload: Workload) => restartOf(service, { namespace: stack.namespace, ...workload }),
  defined: readonly Definitions[] = [],
): { services: Service[] } | { problems: Problem[] } {
  const { sound, problems: unsound } = soundServices(catalogue);
  const shapes = readTemplates([...defined, inStackFile(stack)]);
  const problems = [...shapes.problems, ...unsound, ...checkCatalogue(sound, stack.cluster.name)];
  const known = new Set(catalogue.flatMap((record) => (typeof record?.name === "string" ? [record.name] : [])));
  for (const [path, name] of mentions(stack)) {
    if (known.has(name)) continue;
    problems.push({
      path,
      message: `${path.endsWith(name) ? "" : `\`${name}\` `}is not in the catalogue${didYouMean(name, known)}`,
      remedy: `${correctName(known)}, or add a record of it to catalog/services/`,
    });
  }
  const services: Service[] = [];
  const roles = new Set(sound.flatMap((record) => SLOTS.map((slot) => loginRole(resolveNames(record).role, slot))));
  for (const record of sound) {
    const set = stack.services[record.name];
    if (!set?.enabled) continue;
    const names = resolveNames(record);
    const profile = profileOf(record);
    if (profile !== undefined && !stack.services[profile.of]?.enabled)
      problems.push({
        path: `services.${record.name}`,
        message: `is a ${profile.kind} of the database ${names.database}, and \`${profile.of}\`, which it is of, is off`,
        remedy: `turn that on (\`services.${profile.of}: {}\`), or leave this out`,
      });
    const namespaces = otherNamespaces(record, set, stack.namespace);
    const memberOf = set.memberOf ?? record.memberOf ?? [];
    for (const role of memberOf.filter((one) => roles.has(one))) {
      problems.push({
        path: `services.${record.name}.memberOf`,
        message: `\`${role}\` is a service's own role: nobody but its logins works with its rights`,
        remedy: "leave it out, and grant what is needed of it to a role that is no service's",
      });
    }
    const chosen = set.template ?? record.secret?.template ?? "pg";
    const chosenAt = set.template === undefined ? `${pathOf(record)}.secret.template` : `services.${record.name}.template`;
    const template = shapes.templates.get(chosen);
    if (template === undefined) {
      // A template with a problem is in the list already.
      if (!shapes.broken.has(chosen))
        problems.push({
          path: chosenAt,
          message: `\`${chosen}\` is not a template${didYouMean(chosen, shapes.templates.keys())}`,
          remedy: `write one of ${[...shapes.templates.keys()].join(", ")}, or define it (docs/templates.md)`,
        });
      continue;
    }
    for (const group of set.keys ?? []) {
      if (template.optional[group]) continue;
      problems.push({
        path: `services.${record.name}.keys`,
        message: `the template ${chosen} has no \`${group}\` keys`,
        remedy: "leave it out, or add them in catalog/templates.ts",
      });
    }
    const secretType = set.secretType ?? template.type;
    if (set.secretType === template.type && secretType !== "kubernetes.io/basic-auth") {
      problems.push({ path: `services.${record.name}.secretType`, message: "is already the template's type", remedy: "remove it" });
    }
    const hasReplicas = stack.cluster.instances > 1 || stack.cluster.existing === true;
    problems.push(...checkChosen(chosenAt, template, { name: record.name, type: secretType, pooler: set.pooler, hasReplicas }));
    services.push({
      name: record.name,
      description: record.description,
      ...names,
      template,
      extensions: record.extensions ?? [],
      schemas: record.schemas ?? [],
      creation: record.creation ?? {},
      foreignOwners: record.foreignOwners ?? [],
      connectionLimit: set.connectionLimit ?? record.connectionLimit ?? -1,
      // A migrator's logins work as the owner, as two that take turns do.
      ...roleOf(record, set, profile?.kind === "migrator" ? [profile.owner, ...memberOf] : memberOf),
      ...(profile === undefined ? {} : { profile }),
      bootstrapOwner: record.bootstrapOwner ?? false,
      applicationSettings: record.applicationSettings ?? [],
      ...(namespaces.length === 0 ? {} : { namespaces }),
      secretType,
      optionalKeys: set.keys ?? [],
      tls: serviceTls(stack, set.tls),
      ...(set.pooler === undefined ? {} : { pooler: set.pooler }),
      ...(set.adopt === undefined ? {} : { adopt: set.adopt }),
      formerVaultPaths: set.formerVaultPaths ?? [],
      rotation: serviceRotation(record.name, stack.rotation, set.rotation),
      restart: set.restart,
      workloads: set.workloads ?? record.workloads ?? [],
      labels: set.labels ?? {},
      annotations: set.annotations ?? {},
      isProtected: (set.protection ?? stack.cluster.protection) === "protected",
    });
  }
  const paths = new Map(sound.map((record) => [record.name, pathOf(record)]));
  problems.push(...checkRestarts(services, stack, nameOf, (service) => paths.get(service) ?? `catalog.${service}`));
  return problems.length > 0 ? { problems } : { services };
}

/** That each workload which is restarted is so by a resource of its own. */
function checkRestarts(
  services: readonly Service[],
  stack: Pick<StackConfig, "services">,
  nameOf: (service: string, workload: Workload) => string,
  at: (service: string) => string,
): Problem[] {
  const restarted = services
    .filter(({ restart }) => restart === "rollout")
    .flatMap(({ name: service, workloads }) =>
      workloads.map((workload) => {
        const { kind, name, namespace } = workload;
        const resource = nameOf(service, workload);
        return {
          names: kind === "Deployment" ? [resource, resource + ROLLED_OUT] : [resource],
          what: `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name} of ${service}`,
          path: stack.services[service]?.workloads === undefined ? `${at(service)}.workloads` : `services.${service}.workloads`,
        };
      }),
    );
  return clashes(
    restarted,
    "restarted by the resource",
    "leave one of them out, or set `restart` of one of the services to `reloader` or `none`",
  );
}

/** What is said of its role beside its name; what nothing is said of is absent. */
function roleOf(
  record: ServiceRecord,
  set: ServiceConfig,
  memberOf: readonly string[],
): Pick<Service, "attributes" | "memberOf" | "settings" | "givesUp"> {
  const { attributes = record.attributes ?? [], settings = record.settings ?? {}, givesUp = [] } = set;
  return {
    ...(attributes.length === 0 ? {} : { attributes }),
    ...(memberOf.length === 0 ? {} : { memberOf }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(givesUp.length === 0 ? {} : { givesUp }),
  };
}

/** The Poolers that services are led to, each once: a proof logs in through no other server than the one of that name. */
export function poolersProvenByName(services: readonly Pick<Service, "pooler">[]): string[] {
  return [...new Set(services.flatMap(({ pooler }) => pooler ?? []))].sort();
}

/** Where a stack names services. */
function mentions({ services, rotation, vault }: Pick<StackConfig, "services" | "rotation" | "vault">): [path: string, service: string][] {
  return [
    ...Object.keys(services).map((name): [string, string] => [`services.${name}`, name]),
    ...Object.keys(rotation.services).map((name): [string, string] => [`rotation.services.${name}`, name]),
    ...Object.entries(rotation.groups).flatMap(([group, { services: members }]) =>
      members.map((name): [string, string] => [`rotation.groups.${group}.services`, name]),
    ),
    ...(vault?.mirror.services ?? []).map((name): [string, string] => ["vault.mirror.services", name]),
  ];
}

/** Environments in which a client proves the server unless the stack says otherwise. */
const PROVING: readonly (Environment | undefined)[] = ["staging", "prod"];

function serviceTls({ tls, environment }: Pick<StackConfig, "tls" | "environment">, own: ServiceConfig["tls"]): Service["tls"] {
  const said = own?.mode ?? tls.mode;
  const mode = said ?? (PROVING.includes(environment) ? "verify-full" : "require");
  const ca = own?.ca ?? tls.ca ?? (mode.startsWith("verify-") ? CA_PATH : undefined);
  return { mode, isSaid: said !== undefined, ...(ca === undefined ? {} : { ca }) };
}

function serviceRotation(name: string, stack: RotationConfig, own: ServiceConfig["rotation"]): ServiceRotation {
  const maxAgeDays = own?.maxAgeDays ?? stack.maxAgeDays;
  const previousMaxDays = own?.previousMaxDays ?? stack.previousMaxDays;
  return {
    strategy: own?.strategy ?? stack.strategy,
    entry: (Object.hasOwn(stack.services, name) ? stack.services[name] : undefined) ?? {},
    ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
    ...(previousMaxDays === undefined ? {} : { previousMaxDays }),
  };
}
