import * as assert from "node:assert/strict";
import type { ServiceRecord } from "../../catalog/record";
import { selectServices, type Service } from "../../catalog/service";
import { stackConfig } from "./fixtures";

/** A service that no catalogue has, as a stack that sets this for it, and rotates it so, has it. */
export function madeUp(record: Partial<ServiceRecord> = {}, settings: object = {}, rotation: object = {}): Service {
  const made: ServiceRecord = { name: "shop", description: "Sells what a test needs", ...record };
  const result = selectServices([made], stackConfig({ services: { [made.name]: settings }, rotation }));
  assert.ok("services" in result, JSON.stringify(result));
  return result.services[0]!;
}
