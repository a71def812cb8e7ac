import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { withProfiles } from "../../catalog/profiles";
import type { ServiceRecord } from "../../catalog/record";
import { selectServices, type Service } from "../../catalog/service";
import { stackConfig } from "./fixtures";

/** A service with each of the profiles, and a second reader; and a service with none. */
export const SHOP: ServiceRecord = {
  name: "shop",
  description: "Shop",
  extensions: [{ name: "citext" }],
  schemas: ["orders"],
  foreignOwners: ["auditor"],
  profiles: {
    migrator: {},
    writer: { secret: { name: "shop-application", template: "libpq-env" }, workloads: [{ kind: "Deployment", name: "shop" }] },
    reader: {},
    "monthly-report": { profile: "reader", description: "Reports of each month", role: "reports", connectionLimit: 3 },
  },
};
export const BILLING: ServiceRecord = { name: "billing", description: "Billing" };
export const PROFILES = ["shop-migrator", "shop-writer", "shop-reader", "shop-monthly-report"];

/** Everything of them on, with what is set differently. */
export function shopServices(settings: Readonly<Record<string, object>> = {}, rotation: object = {}): Service[] {
  const names = ["shop", "billing", ...PROFILES];
  const services = Object.fromEntries(names.map((name) => [name, settings[name] ?? {}]));
  const found = selectServices(withProfiles([SHOP, BILLING]), stackConfig({ services, rotation }));
  assert.ok("services" in found, JSON.stringify(found));
  return found.services;
}

/** A catalogue of files with those records, until the tests of a `describe` have ended. */
export function shopCatalogue(): () => string {
  let directory: string;
  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "profiles-"));
    fs.mkdirSync(path.join(directory, "services"));
    for (const { name, ...record } of [SHOP, BILLING])
      fs.writeFileSync(path.join(directory, "services", `${name}.yaml`), stringify(record));
  });
  after(() => fs.rmSync(directory, { recursive: true }));
  return () => directory;
}
