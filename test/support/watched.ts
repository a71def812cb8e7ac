import * as assert from "node:assert/strict";
import type { WatchedCredential } from "../../components/alerts/recordings";
import { catalogue } from "../../catalog/services";
import { selectServices } from "../../catalog/service";
import { planRotation, type LiveCredential } from "../../rotation/plan";
import { stackConfig } from "./fixtures";

function watched(name: string, settings: object, live: LiveCredential, changedAt: string): WatchedCredential {
  const selected = selectServices(catalogue, stackConfig({ services: { [name]: settings } }, { image: "postgresql:17" }));
  assert.ok("services" in selected, JSON.stringify(selected));
  const [service] = selected.services;
  const planned = planRotation(service!, live, 0);
  assert.ok("plan" in planned, JSON.stringify(planned));
  return { service: service!, plan: planned.plan, changedAt };
}

/** Two credentials: `agents`, in place, to be rotated daily, made an hour after the epoch; `temporal`, alternating, whose former login may still log in. */
export function watchedCredentials(): WatchedCredential[] {
  const generation = "0.0.0";
  return [
    watched("agents", { rotation: { maxAgeDays: 1 } }, { generations: {} }, "1970-01-01T01:00:00.000Z"),
    watched(
      "temporal",
      { rotation: { strategy: "alternating" } },
      { generations: { a: "old", b: generation }, application: { login: "temporal_b", previous: "temporal_a", generation } },
      "1970-01-01T00:00:00.000Z",
    ),
  ];
}
