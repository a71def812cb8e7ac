import * as assert from "node:assert/strict";
import type { Ending, WatchedCredential } from "../../components/alerts/recordings";
import { catalogue } from "../../catalog/services";
import { selectServices } from "../../catalog/service";
import { planRotation } from "../../rotation/plan";
import { stackConfig } from "./fixtures";

function watched(name: string, settings: object, entry: object, changedAt: string): WatchedCredential {
  const selected = selectServices(
    catalogue,
    stackConfig({ services: { [name]: settings }, rotation: { services: { [name]: entry } } }, { image: "postgresql:17" }),
  );
  assert.ok("services" in selected, JSON.stringify(selected));
  const [service] = selected.services;
  return { service: service!, plan: planRotation(service!), changedAt };
}

/**
 * Two credentials: `agents`, in place, to be rotated daily, made an hour after the epoch;
 * `temporal`, alternating, whose former login may still log in.
 */
export function watchedCredentials(): WatchedCredential[] {
  return [
    watched("agents", { rotation: { maxAgeDays: 1 } }, {}, "1970-01-01T01:00:00.000Z"),
    watched("temporal", { rotation: { strategy: "alternating" } }, { active: "b", a: 3, b: 0 }, "1970-01-01T00:00:00.000Z"),
  ];
}

/** Postgres's authority ends 91 days and ten minutes after the epoch; Vault's far away. */
export function watchedCertificates(): Ending[] {
  return [
    { certificate: "Postgres", endsAt: "1970-04-02T00:10:00.000Z", noticeDays: 90 },
    { certificate: "Vault", endsAt: "1970-04-01T00:00:00.000Z", noticeDays: 30 },
  ];
}
