import type { ServiceOutput } from "../../catalog/outputs";
import type { Strategy } from "../../config/schema";
import { ageInDays, dueOn } from "../../rotation/age";
import type { Login } from "../shared/login";
import type { Observation } from "../shared/observe";
import { authorityStatus, vaultCertificateStatus, type AuthorityStatus, type VaultCertificateStatus } from "./authorities";
import type { Target } from "../stack/target";

/** What is known of a stack. */
export interface Facts {
  readonly stack: string;
  readonly target: Pick<Target, "kind" | "context" | "server">;
  readonly state: StatusReport["state"];
  /** `namespace/name` */
  readonly cluster: string;
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly observation: Observation;
  /** None where there is no primary. */
  readonly logins: readonly Login[];
  /** Certificates of what Postgres is proven by, PEM. */
  readonly authorities: string;
  /** The same of Vault's certificate, where the stack's outputs have it. */
  readonly vaultCa?: string | undefined;
  readonly now: Date;
}

/** What `status` says; `-o json` prints it as it is. Fields are added, never changed, while `schema` stays. */
export interface StatusReport {
  readonly schema: 1;
  readonly stack: string;
  readonly checkedAt: string;
  /** Every service is applied and logs in. */
  readonly clean: boolean;
  readonly target: { readonly kind: "lab" | "own"; readonly context: string; readonly server: string };
  /** Where the stack's state is, and the file of its passphrase where `up` has made one. */
  readonly state: { readonly backend: string; readonly passphrase?: string };
  readonly cluster: { readonly namespace: string; readonly name: string; readonly phase: string; readonly primary?: string };
  /** What Postgres is proven by. */
  readonly authorities: readonly AuthorityStatus[];
  /** Where the stack's outputs say who has signed it. */
  readonly vaultCertificate?: VaultCertificateStatus;
  readonly summary: { readonly services: number; readonly ok: number; readonly failing: number; readonly overdue: number };
  /** Those that fail first. */
  readonly services: readonly ServiceStatus[];
}

export interface ServiceStatus {
  readonly service: string;
  readonly ok: boolean;
  readonly database: string;
  readonly role: string;
  readonly namespace: string;
  readonly secret: string;
  /** In which other namespaces that is. */
  readonly namespaces?: readonly string[];
  /** Who its Secret logs in as. */
  readonly login: string;
  /** Who may still log in beside it. */
  readonly previous?: string;
  /** As the login in use says: only logins that alternate have one that is not the role. */
  readonly strategy: Strategy;
  readonly generation: string;
  readonly changedAt: string;
  readonly ageDays: number;
  readonly maxAgeDays?: number;
  /** The day from which its password is older than it may be. */
  readonly dueAt?: string;
  readonly overdue: boolean;
  /** What CloudNativePG has not applied yet. */
  readonly waiting: readonly string[];
  /** Of a login with its Secret; absent where there was no primary to log in to. */
  readonly connection?: {
    readonly ok: boolean;
    readonly tls?: string;
    /** Connections of the login to the primary, and how many it may have; -1 for no limit. */
    readonly connections?: number;
    readonly limit?: number;
    readonly error?: string;
    readonly milliseconds: number;
  };
}

export function statusReport({
  stack,
  target,
  state,
  cluster,
  services,
  observation,
  logins,
  authorities,
  vaultCa,
  now,
}: Facts): StatusReport {
  const [namespace = "", name = ""] = cluster.split("/");
  const waiting = new Map(observation.services.map((one) => [one.service, one.waiting]));
  const login = new Map(logins.map((one) => [one.service, one]));
  const all = Object.entries(services).map(([service, output]) =>
    serviceStatus(service, output, waiting.get(service) ?? [], login.get(service), now),
  );
  const failing = all.filter(({ ok }) => !ok);
  const vaultCertificate = vaultCertificateStatus(vaultCa, now);
  return {
    schema: 1,
    stack,
    checkedAt: now.toISOString(),
    clean: failing.length === 0,
    target: { kind: target.kind, context: target.context, server: target.server },
    state,
    cluster: {
      namespace,
      name,
      phase: observation.phase,
      ...(observation.primary === undefined ? {} : { primary: observation.primary }),
    },
    authorities: authorityStatus(authorities, now),
    ...(vaultCertificate === undefined ? {} : { vaultCertificate }),
    summary: {
      services: all.length,
      ok: all.length - failing.length,
      failing: failing.length,
      overdue: all.filter(({ overdue }) => overdue).length,
    },
    services: [...failing, ...all.filter(({ ok }) => ok)],
  };
}

function serviceStatus(
  service: string,
  { database, role, namespace, namespaces, secret, login, previous, generation, changedAt, maxAgeDays }: ServiceOutput,
  waiting: readonly string[],
  connection: Login | undefined,
  now: Date,
): ServiceStatus {
  const ageDays = ageInDays(changedAt, now);
  const { error, tls, connections, limit, milliseconds = 0 } = connection ?? {};
  const session = { ...(tls && { tls }), ...(connections === undefined || limit === undefined ? {} : { connections, limit }) };
  return {
    service,
    ok: waiting.length === 0 && connection !== undefined && error === undefined,
    database,
    role,
    namespace,
    secret,
    ...(namespaces === undefined ? {} : { namespaces }),
    login,
    ...(previous === undefined ? {} : { previous }),
    strategy: login === role ? "inPlace" : "alternating",
    generation,
    changedAt,
    ageDays,
    ...(maxAgeDays === undefined ? {} : { maxAgeDays, dueAt: dueOn(changedAt, maxAgeDays) }),
    overdue: maxAgeDays !== undefined && ageDays >= maxAgeDays,
    waiting,
    ...(connection === undefined
      ? {}
      : { connection: { ok: error === undefined, ...(error === undefined ? session : { error }), milliseconds } }),
  };
}
