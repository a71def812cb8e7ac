import * as pulumi from "@pulumi/pulumi";
import { SLOTS } from "../../catalog/names";
import type { Service } from "../../catalog/service";
import type { RecordingRule } from "../../kube/kinds/prometheusRule";
import type { RotationPlan } from "../../rotation/plan";
import { scopeLabels, type Scope } from "./promql";

/** What the rules know of a service's credential. Nothing secret. */
export interface WatchedCredential {
  readonly service: Pick<Service, "name" | "role" | "secret" | "rotation">;
  readonly plan: Pick<RotationPlan, "active" | "previous" | "logins">;
  /** When the password in use was made, as ISO 8601 writes it. */
  readonly changedAt: pulumi.Input<string>;
}

/** 1 for each login that has a password: its role, the Secret that CloudNativePG reads, and whether it is the `current` one, the `previous` or `idle`. */
export const LOGIN = "cnpg_credentials_login_info";
/** When the password in use was made, for each Secret that holds it: the application's, and CloudNativePG's. */
export const CHANGED = "cnpg_credentials_password_changed_timestamp_seconds";
/** When it will be older than its service allows. Only of services that have a `maxAgeDays`. */
export const DUE = "cnpg_credentials_rotation_due_timestamp_seconds";
/** When a certificate's authority ends, by whose certificate it is; and from when somebody is to look at it. */
export const ENDS = "cnpg_credentials_certificate_ends_timestamp_seconds";
export const ENDS_NEAR = "cnpg_credentials_certificate_due_timestamp_seconds";
export const RECORDED: readonly string[] = [LOGIN, CHANGED, DUE, ENDS, ENDS_NEAR];

/** What signs a certificate, and ends unless somebody runs an `up` or replaces it. */
export interface Ending {
  /** Who shows the certificate. */
  readonly certificate: "Postgres" | "Vault";
  /** As ISO 8601 writes it. */
  readonly endsAt: pulumi.Input<string>;
  /** So long before, somebody is told. */
  readonly noticeDays: number;
}

const DAY_SECONDS = 86_400;

/**
 * What no exporter knows and this program does, as series that never change between two runs of it: they are constants, written anew by the `up` that rotates.
 */
export function recordings(scope: Scope, credentials: readonly WatchedCredential[]): RecordingRule[] {
  return credentials.flatMap(({ service, plan, changedAt }) => {
    const common = { ...scopeLabels(scope), service: service.name };
    const active = { ...common, role: plan.active.role };
    const { maxAgeDays } = service.rotation;
    const changed = pulumi.output(changedAt).apply((time) => Math.floor(Date.parse(time) / 1000));
    const constant = (seconds: pulumi.Output<number>) => pulumi.interpolate`vector(${seconds})`;
    return [
      ...SLOTS.flatMap((slot) => plan.logins.filter((login) => login.slot === slot)).map(({ slot, role, secret }) => ({
        record: LOGIN,
        expr: "vector(1)",
        labels: { ...common, role, secret, state: slot === plan.active.slot ? "current" : slot === plan.previous ? "previous" : "idle" },
      })),
      ...[service.secret, plan.active.secret].map((secret) => ({
        record: CHANGED,
        expr: constant(changed),
        labels: { ...active, secret },
      })),
      ...(maxAgeDays === undefined
        ? []
        : [{ record: DUE, expr: constant(changed.apply((seconds) => seconds + maxAgeDays * DAY_SECONDS)), labels: active }]),
    ];
  });
}

/** The same of certificates. */
export function endings(scope: Scope, certificates: readonly Ending[]): RecordingRule[] {
  return certificates.flatMap(({ certificate, endsAt, noticeDays }) => {
    const ends = pulumi.output(endsAt).apply((time) => Math.floor(Date.parse(time) / 1000));
    const labels = { ...scopeLabels(scope), certificate };
    return [
      { record: ENDS, expr: pulumi.interpolate`vector(${ends})`, labels },
      { record: ENDS_NEAR, expr: pulumi.interpolate`vector(${ends.apply((seconds) => seconds - noticeDays * DAY_SECONDS)})`, labels },
    ];
  });
}
