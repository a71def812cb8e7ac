import { MAY, profileOf } from "../../catalog/profiles";
import type { ServiceRecord } from "../../catalog/record";
import { catalogue } from "../../catalog/services";
import { copyOf, loginRole, resolveNames, roleSecret, SLOTS, type Slot } from "../../catalog/names";
import { GENERATION_ANNOTATION, LOGIN_ANNOTATION } from "../../kube/marks";
import { both, isTouched, isWithin, ownerOf, told, type Change } from "./change";
import { groupBy } from "../shared/sort";
import { isPlain } from "./properties";

/** What becomes of one of a service's logins. */
export interface LoginChange {
  readonly slot: Slot;
  readonly role: string;
  /** Everything of it that changes: its password, its Secret, and what belongs to them. */
  readonly changes: readonly Change[];
  readonly password: "new" | "first" | "gone" | "kept";
}

/** What becomes of a service's credential. */
export interface CredentialChange {
  readonly service: string;
  readonly role: string;
  readonly state: "appears" | "goes" | "stays";
  /** The rights of its logins, where it is a profile in another service's database. */
  readonly may?: string;
  /** Whether it is something else than before. */
  readonly mayElse?: true;
  /** The Secret that the application reads, where it changes. */
  readonly application?: Change;
  /** The same in other namespaces. */
  readonly copies: readonly Change[];
  /** Job that logs in with it. */
  readonly proof?: Change;
  readonly logins: readonly LoginChange[];
  /** Who the application logs in as, before and after. Without its Secret among the changes nobody knows, and it stays. */
  readonly turn?: readonly [before: string | undefined, after: string | undefined];
}

/** What becomes of the services' credentials, by service. */
export function credentialChanges(changes: readonly Change[], records: readonly ServiceRecord[] = catalogue): CredentialChange[] {
  const within = (component: string) =>
    groupBy(
      changes.filter((one) => isWithin(one, component)),
      ({ parent }) => nameOf(parent),
    );
  const applications = within("ApplicationCredential");
  const byService = groupBy([...within("RoleLogin")], ([object, parts]) => serviceOf(object, parts));
  const services = [...new Set([...applications.keys(), ...byService.keys()])].sort();
  return services.map((service) => credentialChange(records, service, applications.get(service) ?? [], byService.get(service) ?? []));
}

/**
 * The roles whose password is taken over: they are in Postgres already, with what somebody has
 * given them, and so is their database.
 */
export function takenOver(credentials: readonly CredentialChange[]): ReadonlySet<string> {
  const isTaken = ({ changes }: LoginChange) => changes.some(({ kind, action }) => kind === "Stash" && action === "create");
  return new Set(
    credentials.flatMap(({ role, logins }) => (logins.some(isTaken) ? [role, ...logins.filter(isTaken).map((one) => one.role)] : [])),
  );
}

/** The services whose workloads are restarted, by what the annotations of their pods are called. */
export function restartedServices({ new: now }: Change): string[] {
  const { spec } = (now?.inputs ?? {}) as { spec?: { template?: { metadata?: { annotations?: Record<string, unknown> } } } };
  const prefix = `${GENERATION_ANNOTATION}-`;
  const names = Object.keys(spec?.template?.metadata?.annotations ?? {}).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length)).filter(isPlain);
}

function credentialChange(
  records: readonly ServiceRecord[],
  service: string,
  own: readonly Change[],
  objects: readonly (readonly [object: string, changes: readonly Change[]])[],
): CredentialChange {
  const record = records.find(({ name }) => name === service);
  const profile = record && profileOf(record);
  const role = resolveNames(record ?? { name: service, description: "" }).role;
  const secrets = own.filter(({ kind }) => kind === "Secret");
  const copies = secrets.filter(({ name }) => name.startsWith(copyOf(service, "")));
  const application = secrets.find((one) => !copies.includes(one));
  const proof = own.find(({ kind }) => kind === "Job");
  const logins = objects.map(([object, changes]): LoginChange => {
    const slot = slotOf(service, object, changes);
    return { slot, role: loginRole(role, slot), changes, password: passwordOf(changes) };
  });
  return {
    service,
    role,
    state: stateOf(application, logins),
    ...(profile === undefined ? {} : { may: MAY[profile.kind](resolveNames(record!).database) }),
    ...(proof !== undefined && isOtherProfile(proof) ? { mayElse: true as const } : {}),
    ...(application === undefined
      ? {}
      : { application, turn: both(application, `metadata.annotations.${LOGIN_ANNOTATION}`).map(asText) as [string, string] }),
    copies,
    ...(proof === undefined ? {} : { proof }),
    logins,
  };
}

/**
 * Whether the proof gives other rights than the one before: by its variables, the first of which a
 * migrator has not.
 */
function isOtherProfile({ old: before, new: after }: Change): boolean {
  const rightsOf = (state: Change["old"]) => {
    const { spec } = (state?.inputs ?? {}) as { spec?: { template?: { spec?: { containers?: { env?: Variable[] }[] } } } };
    const env = spec?.template?.spec?.containers?.[0]?.env ?? [];
    return JSON.stringify(["PROFILE", "TABLES", "SEQUENCES"].map((name) => env.find((one) => one.name === name)?.value));
  };
  return before?.inputs !== undefined && after?.inputs !== undefined && rightsOf(before) !== rightsOf(after);
}

interface Variable {
  readonly name: string;
  readonly value?: unknown;
}

/** A Secret alone may also be made again, or go and come back under another name. */
function stateOf(application: Change | undefined, logins: readonly LoginChange[]): CredentialChange["state"] {
  const all = (password: LoginChange["password"]) => logins.length > 0 && logins.every((one) => one.password === password);
  if (application?.action === "create" && all("first")) return "appears";
  return application?.action === "delete" && all("gone") ? "goes" : "stays";
}

function passwordOf(changes: readonly Change[]): LoginChange["password"] {
  const password = changes.find(({ kind }) => kind === "RandomPassword");
  const secret = changes.find(({ kind }) => kind === "Secret");
  // A state that has lost it: what it makes in its place goes into the Secret that is there.
  if (password?.action === "create" && secret?.action === "update") return isTouched(secret, "data") ? "new" : "kept";
  if (secret?.action === "create" || password?.action === "create") return "first";
  if (secret?.action === "delete" || password?.action === "delete") return "gone";
  const isNew = password?.action === "replace" || (secret !== undefined && isTouched(secret, "data"));
  return isNew ? "new" : "kept";
}

function serviceOf(object: string, changes: readonly Change[]): string {
  const labelled = changes.map(ownerOf).find((owner) => owner?.kind === "service");
  return labelled?.name ?? object;
}

function slotOf(service: string, object: string, changes: readonly Change[]): Slot {
  const secret = changes.find(({ kind }) => kind === "Secret");
  const name = secret && told(secret, "metadata.name");
  return SLOTS.find((slot) => roleSecret(service, slot) === name || (slot !== "owner" && object === `${service}-${slot}`)) ?? "owner";
}

const asText = (value: unknown) => (typeof value === "string" ? value : undefined);
const nameOf = (urn: string | undefined) => urn?.split("::").at(-1) ?? "";
