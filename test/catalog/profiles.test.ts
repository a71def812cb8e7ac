import * as assert from "node:assert/strict";
import { checkCatalogue } from "../../catalog/check";
import { limitConnections } from "../../catalog/connections";
import { profileOf, withProfiles } from "../../catalog/profiles";
import type { ServiceRecord } from "../../catalog/record";
import { soundServices } from "../../catalog/recordSchema";
import { selectServices } from "../../catalog/service";
import { stackConfig } from "../support/fixtures";
import { lines, problemsOf } from "../support/problems";
import { BILLING, SHOP, shopServices } from "../support/profiles";
import { telling, type Told } from "../support/told";

const profiled = (profiles: object, ...others: readonly ServiceRecord[]) =>
  withProfiles([{ ...BILLING, profiles: profiles as ServiceRecord["profiles"] }, ...others]);

describe("catalog/profiles", () => {
  const tell = telling("configuration", "profiles");

  it("changes nothing of a record that says nothing", () => {
    const records = [BILLING, { ...BILLING, name: "other" }];
    assert.deepEqual(withProfiles(records), records);
    assert.deepEqual([...withProfiles(records)].map(profileOf), [undefined, undefined]);
  });

  it("makes each profile a service with a role and a Secret of its own, in the database that it is declared for", () => {
    assert.deepEqual(
      shopServices().map(({ name, role, database, secret, profile, memberOf, connectionLimit }) => [
        name,
        role,
        database,
        secret,
        profile?.kind,
        profile?.owner,
        memberOf,
        connectionLimit,
      ]),
      [
        ["shop", "shop", "shop", "shop-db-auth", undefined, undefined, undefined, -1],
        ["shop-migrator", "shop_migrator", "shop", "shop-migrator-db-auth", "migrator", "shop", ["shop"], -1],
        ["shop-writer", "shop_writer", "shop", "shop-application", "writer", "shop", undefined, -1],
        ["shop-reader", "shop_reader", "shop", "shop-reader-db-auth", "reader", "shop", undefined, -1],
        ["shop-monthly-report", "reports", "shop", "shop-monthly-report-db-auth", "reader", "shop", undefined, 3],
        ["billing", "billing", "billing", "billing-db-auth", undefined, undefined, undefined, -1],
      ],
    );
  });

  it("has its own rotation, workloads and words, and what its proof asks for", () => {
    const [, migrator, writer, reader, report] = shopServices({ "shop-reader": { rotation: { strategy: "alternating" } } });
    assert.deepEqual([writer!.rotation.strategy, reader!.rotation.strategy], ["inPlace", "alternating"]);
    assert.deepEqual(writer!.workloads, [{ kind: "Deployment", name: "shop" }]);
    assert.match(reader!.description, /^May read what is in the database shop, .* change nothing$/);
    assert.equal(report!.description, "Reports of each month");
    assert.deepEqual([migrator!.schemas, migrator!.extensions, migrator!.foreignOwners], [SHOP.schemas, SHOP.extensions, ["auditor"]]);
    assert.deepEqual([reader!.schemas, reader!.extensions, reader!.foreignOwners], [[], [], []]);
  });

  it("counts a profile's logins in the budget of connections", () => {
    const services = shopServices({ "shop-reader": { rotation: { strategy: "alternating" } } });
    const found = limitConnections(
      services.map((service) => ({ service, declared: service.name === "shop-reader" ? 50 : undefined })),
      { parameters: {} },
    );
    assert.match(problemsOf(found).join(), /shop-reader 2 × 50, 100 in all/);
  });

  it("is what the program made of a record, and nothing that a record says of itself", () => {
    const forged = { ...withProfiles([SHOP])[3]! };
    assert.equal(profileOf(forged), undefined);
    assert.match(lines(checkCatalogue([SHOP, forged], "pg")).join(), /database `shop` is already that of shop/);
  });

  const wrong: [string, object, ...Told[]][] = [
    ["a profile that is none", { raeder: {} }, ["catalog.billing.profiles.raeder", "does not say what it may do"]],
    ["a kind that is none", { reports: { profile: "owner" } }, ["catalog.billing.profiles.reports.profile", "is not one of"]],
    ["a field of services", { reader: { schemas: ["x"] } }, ["catalog.billing.profiles.reader.schemas", "is not a field of a record"]],
    ["a name that is none", { "A b": { profile: "reader" } }, ["catalog.billing.profiles.A b", "DNS label"]],
    ["one that is no mapping", { reader: null }, ["catalog.billing.profiles.reader", "is empty where a mapping is expected"]],
  ];
  for (const [what, profiles, ...told] of wrong) it(`refuses ${what}`, () => tell(lines(soundServices(profiled(profiles)).problems), told));

  const clashing: [string, readonly ServiceRecord[], ...Told[]][] = [
    [
      "the name of a service",
      profiled({ reader: {} }, { name: "billing-reader", description: "Another" }),
      ["catalog.billing.profiles.reader", "is called `billing-reader`, as what `catalog.billing-reader` is"],
    ],
    [
      "the role of a service",
      profiled({ reader: { role: "other" } }, { name: "other", description: "Another" }),
      ...["other", "other_a", "other_b"].map((role): Told => ["catalog.other.role", `role \`${role}\` is already that of billing-reader`]),
    ],
    [
      "a role that Postgres has",
      profiled({ reader: { role: "pg_read_all_data" } }),
      ["catalog.billing.profiles.reader.role", "reserved: names that begin with `pg_`"],
    ],
    [
      "the Secret of a service",
      profiled({ reader: { secret: { name: "billing-db-auth" } } }),
      ["catalog.billing.profiles.reader.secret.name", "secret `billing-db-auth` is already that of billing"],
    ],
    [
      "a limit that lets nobody in",
      profiled({ reader: { connectionLimit: 0 } }),
      ["catalog.billing.profiles.reader.connectionLimit", "0 lets nobody log in"],
    ],
  ];
  for (const [what, records, ...told] of clashing) it(`refuses ${what}`, () => tell(lines(checkCatalogue(records, "pg")), told));

  it("refuses a profile in the database of a service that is off, and one that no record has", () => {
    const select = (services: object) => problemsOf(selectServices(withProfiles([SHOP]), stackConfig({ services })));
    tell(select({ "shop-reader": {} }), [["services.shop-reader", "is a reader of the database shop, and `shop`, which it is of, is off"]]);
    tell(select({ shop: {}, "shop-raeder": {} }), [["services.shop-raeder", "is not in the catalogue", "did you mean `shop-reader`?"]]);
  });
});
