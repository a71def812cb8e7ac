import { gateObject, loginRole, proofJob, roleObject, roleSecret, type Slot } from "../../catalog/names";
import { RIGHTS } from "../../catalog/profiles";
import type { Service } from "../../catalog/service";
import type { Template } from "../../catalog/templates";
import { renderKeys } from "../../catalog/connection";
import { lastingSlots } from "../../rotation/plan";
import { mirrored, mirrorPath } from "../../vault/access";
import type { Scope } from "./scope";
import type { Check, InventoryKey, InventorySecret } from "./types";

/** For each service the Secret that its application reads, and those that CloudNativePG reads its roles' passwords from. */
export function databaseSecrets(scope: Scope): InventorySecret[] {
  return scope.services.flatMap((service) => [
    applicationSecret(scope, service),
    ...(service.namespaces ?? []).map((namespace) => copiedSecret(scope, service, namespace)),
    ...roleSecrets(scope, service),
  ]);
}

function applicationSecret(scope: Scope, service: Service): InventorySecret {
  const { namespace } = scope.stack;
  const mirror = copyOf(scope, service);
  const gates = scope.gates.filter(({ secrets }) => secrets.some(({ name }) => name === service.secret)).map(({ name }) => name);
  return {
    ...common(scope, service),
    name: service.secret,
    type: service.secretType,
    purpose: `what the application logs in to the database ${service.database} with`,
    after: lastingSlots(service)
      .filter((slot) => !(slot === "owner" && service.rotation.strategy === "alternating"))
      .map((slot) => readerOf(scope, service, slot)),
    consumers: [
      ...consumersIn(scope, service, namespace),
      ...gates.map((gate) => `CronJob ${namespace}/${gateObject(gate)}`),
      ...(mirror === undefined ? [] : [`PushSecret ${namespace}/${service.secret}`]),
    ],
    keys: applicationKeys(service),
    ...(mirror === undefined ? {} : { mirror }),
    checks: [
      "drift",
      "smoke",
      ...(scope.stack.alerts === "none" ? [] : (["alerts"] as const)),
      ...gates.map((gate): Check => `gate ${gate}`),
    ],
  };
}

/** What a namespace has of a service. A workload that reads its Secret in no namespace of these reads the stack's, by whatever copies it. */
function consumersIn({ stack }: Scope, { name, workloads, namespaces = [] }: Service, namespace: string): string[] {
  if (workloads.length === 0) return [`what runs ${name}`];
  const placed = workloads.map((one) => ({ ...one, namespace: one.namespace ?? stack.namespace }));
  const readsIn = (place: string) => (namespaces.includes(place) ? place : stack.namespace);
  const here = placed.filter((one) => readsIn(one.namespace) === namespace);
  return here.length === 0 ? [`what runs ${name} in ${namespace}`] : here.map((one) => `${one.kind} ${one.namespace}/${one.name}`);
}

/** The same Secret in an application's namespace. */
function copiedSecret(scope: Scope, service: Service, namespace: string): InventorySecret {
  const { mirror: _, ...own } = applicationSecret(scope, service);
  return {
    ...own,
    namespace,
    consumers: consumersIn(scope, service, namespace),
    checks: ["drift", "smoke"],
  };
}

function roleSecrets(scope: Scope, service: Service): InventorySecret[] {
  return lastingSlots(service).map((slot) => {
    const role = loginRole(service.role, slot);
    return {
      ...common(scope, service),
      name: roleSecret(service.name, slot),
      type: "kubernetes.io/basic-auth",
      purpose: `what CloudNativePG reads the password of the role ${role} from`,
      consumers: [
        readerOf(scope, service, slot),
        ...proofsWith(scope, service, slot).map((name) => `Job ${scope.stack.namespace}/${proofJob(name)}`),
      ],
      keys: [
        { name: "username", origin: "plain" },
        { name: "password", origin: "generated" },
      ],
      checks: ["drift", "proof"],
    };
  });
}

/**
 * The services whose proofs log in with it: its own, and the profiles that get rights from the
 * owner.
 */
function proofsWith({ services }: Scope, { name, rotation }: Service, slot: Slot): string[] {
  const gives = (slot === "owner") === (rotation.strategy !== "alternating");
  const profiles = services.filter(({ profile }) => profile?.of === name && RIGHTS[profile.kind] !== undefined);
  return [name, ...(gives ? profiles.map((one) => one.name) : [])];
}

/** What CloudNativePG is told of a slot's role by. */
export function declarationOf({ stack: { namespace, cluster, roleApi } }: Scope, service: Pick<Service, "name">, slot: Slot): string {
  return roleApi === "inline" ? `Cluster ${namespace}/${cluster.name}` : `DatabaseRole ${namespace}/${roleObject(service.name, slot)}`;
}

/** What has CloudNativePG read the password of a slot's role. */
function readerOf(scope: Scope, service: Service, slot: Slot): string {
  return `${declarationOf(scope, service, slot)} (role ${loginRole(service.role, slot)})`;
}

function common({ stack }: Scope, { name, role, rotation: { strategy, maxAgeDays }, adopt }: Service) {
  const command = (verb: string) => `\`npm run ${verb} -- ${name} --stack ${stack.name}\``;
  const how =
    strategy === "inPlace"
      ? `in place, by generation: ${command("rotate")}`
      : `two logins take turns, by generation: ${command("rotate")}, then ${command("retire")}, which ends the one before`;
  const adopted = adopt === undefined ? "" : `; the first password is taken over from the Secret ${adopt.secret}`;
  return {
    namespace: stack.namespace,
    owner: name,
    ownerKind: "service",
    origins: ["generated"],
    authority: `the state of stack ${stack.name}; CloudNativePG alone applies it, to the role ${role}`,
    producer: { kind: "Pulumi" },
    rotation: {
      policy: `${how}${adopted}`,
      ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
    },
  } as const satisfies Partial<InventorySecret>;
}

/** Those that the Secret has, by the very function that writes them. */
export function applicationKeys({ template, optionalKeys, tls, pooler }: Service): InventoryKey[] {
  const connection = { user: "", password: "", database: "", host: "", port: 0, hostReadOnly: "", ca: "", tls };
  const names = Object.keys(renderKeys(template, optionalKeys, { ...connection, ...(pooler === undefined ? {} : { hostPooler: "" }) }));
  const all = patterns(template);
  return names.map((name) => ({ name, origin: /\{password\b/.test(all[name] ?? "") ? "generated" : "plain" }));
}

function patterns({ keys, optional }: Template): Readonly<Record<string, string>> {
  return Object.assign({}, keys, ...Object.values(optional)) as Record<string, string>;
}

function copyOf({ stack: { vault, environment, namespace } }: Scope, service: Service): string | undefined {
  if (vault === undefined || environment === undefined || mirrored(vault, [service]).length === 0) return undefined;
  return `${vault.mirror.mount}/${mirrorPath(environment, namespace)}/${service.secret}`;
}
