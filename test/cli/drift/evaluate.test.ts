import assert from "node:assert/strict";
import { MARK, report, world } from "./fixture";
import { mirrorCases } from "./mirrorCases";
import { objectCases } from "./objectCases";
import { postgresCases } from "./postgresCases";

describe("cli/drift/evaluate", () => {
  for (const objects of [false, true]) {
    it(`finds nothing where all is as it was written${objects ? ", roles being objects" : ""}`, () => {
      const { clean, findings, notes, notChecked } = report(world({ objects }));
      assert.deepEqual({ clean, findings, notes, notChecked }, { clean: true, findings: [], notes: [], notChecked: [] });
    });
  }

  it("finds nothing where all is copied as it is", () => {
    const { findings, notes, notChecked } = report(world({ mirror: true }));
    assert.deepEqual({ findings, notes, notChecked }, { findings: [], notes: [], notChecked: [] });
  });

  for (const { title, objects, breaks, finds } of [...objectCases, ...postgresCases, ...mirrorCases]) {
    it(`finds ${title}`, () => {
      const broken = world({ objects: objects ?? false, mirror: true });
      breaks(broken.facts, broken);
      const found = report(broken);
      assert.deepEqual(
        found.findings,
        finds.map(([service, check, suspect, truth, mend]) => ({ service, check, suspect, truth, mend })),
      );
      assert.equal(found.clean, false);
      assert.ok(!JSON.stringify(found).includes(MARK));
    });
  }

  describe("of copies in Vault", () => {
    it("says what is kept of services that are not copied any more, and how to end that", () => {
      const broken = world({ mirror: true });
      if ("found" in broken.facts.copies!) broken.facts.copies.others.push("dev/apps/graph-db-credentials");
      assert.deepEqual(report(broken).notes, [
        {
          service: null,
          check: "mirror",
          text: "Vault keeps mirror/dev/apps/graph-db-credentials, which nothing is copied to any more",
          command: "vault kv metadata delete -mount=mirror dev/apps/graph-db-credentials",
        },
      ]);
    });

    it("names a role of the same name elsewhere, which is no finding", () => {
      const other = world();
      const login = { kind: "staticRole", username: "agents" } as const;
      other.facts.vaultLogins = [
        { ...login, path: "database/static-roles/there", host: "db.example" },
        { ...login, path: "database/static-roles/other", host: "pgx.apps.svc" },
      ];
      const { findings, notes } = report(other);
      assert.deepEqual(findings, []);
      assert.deepEqual(
        notes.map(({ service, text, command }) => [service, text, command]),
        [
          [
            "agents",
            "Vault's database/static-roles/there names a role agents, at db.example, which is not this cluster's address",
            "vault read database/static-roles/there",
          ],
          [
            "agents",
            "Vault's database/static-roles/other names a role agents, at pgx.apps.svc, which is not this cluster's address",
            "vault read database/static-roles/other",
          ],
        ],
      );
    });

    const findsIn = (host: string) => {
      const given = world();
      given.facts.vaultLogins = [{ kind: "staticRole", username: "agents", path: "database/static-roles/x", host }];
      return report(given).findings.length;
    };
    for (const host of ["pg-rw.apps.svc", "pg-rw", "pg", "10.1.2.3"])
      it(`takes ${host} for this cluster`, () => assert.equal(findsIn(host), 1));

    it("does not call clean what it could not look at", () => {
      const broken = world({ mirror: true });
      Object.assign(broken.facts, { pushSecrets: "unknown", copies: { reason: "Vault is down", asked: false } });
      broken.facts.vaultLogins = { reason: "it may not", asked: false };
      const { findings, notChecked } = report(broken);
      assert.deepEqual(findings, []);
      assert.deepEqual(notChecked, [
        { what: "PushSecrets", reason: "this account may not list the PushSecrets of apps", asked: false },
        { what: "copies in Vault", reason: "Vault is down", asked: false },
        { what: "database roles in Vault", reason: "it may not", asked: false },
      ]);
    });

    it("says that it may not look for ExternalSecrets, which a cluster need not have", () => {
      const broken = world();
      broken.facts.externalSecrets = "unknown";
      const { clean, notes } = report(broken);
      assert.deepEqual([clean, notes.length, notes[0]?.check], [true, 1, "externalSecret"]);
    });

    it("compares copies with what is there where the state cannot be decrypted", () => {
      const broken = world({ mirror: true, sealed: true });
      if ("found" in broken.facts.copies!) broken.facts.copies.found.set("agents-db-secret", "missing");
      assert.deepEqual(
        report(broken, "no passphrase").findings.map(({ service, check }) => [service, check]),
        [["agents", "mirror"]],
      );
    });
  });
});
