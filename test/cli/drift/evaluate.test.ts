import assert from "node:assert/strict";
import { renderText } from "../../../cli/drift/render";
import { parseState } from "../../../cli/drift/state";
import type { DriftReport } from "../../../cli/drift/types";
import type { RoleConfiguration } from "../../../kube/kinds/cluster";
import { golden } from "../../support/golden";
import { MARK, report, world } from "./fixture";
import { mirrorCases } from "./mirrorCases";
import { asProfile, grantsCases } from "./grantsCases";
import { needsCases } from "./needsCases";
import { copied, objectCases } from "./objectCases";
import { postgresCases } from "./postgresCases";

/** The findings as they are printed, without the table before and the verdict after them. */
const findingsOf = (found: DriftReport) =>
  renderText({ ...found, services: [] })
    .split("\n")
    .slice(0, -1)
    .join("\n");

describe("cli/drift/evaluate", () => {
  for (const objects of [false, true]) {
    it(`finds nothing where all is as it was written${objects ? ", roles being objects" : ""}`, () => {
      const { clean, findings, notes, notChecked } = report(world({ objects }));
      assert.deepEqual({ clean, findings, notes, notChecked }, { clean: true, findings: [], notes: [], notChecked: [] });
    });
  }

  it("notes what an owner may use and not change, which may be meant, and does not call clean what it could not ask", () => {
    const given = world();
    const text = "agents may use, and not change, tables, views and sequences of auditor, 1 in all: public.log";
    given.facts.logins[0]!.needs = [{ kind: "relations", text, statements: ["ALTER TABLE public.log OWNER TO agents"], meant: true }];
    given.facts.logins[1]!.needs = "unknown";
    const { findings, notes, notChecked } = report(given);
    assert.deepEqual([findings, notes.length, notChecked.length], [[], 1, 1]);
    assert.deepEqual([notes[0]!.service, notes[0]!.check, notes[0]!.text], ["agents", "needs", `in the database agents, ${text}`]);
    assert.match(notes[0]!.command!, /ALTER TABLE public\.log OWNER TO agents/);
    assert.match(notChecked[0]!.what, /what applications need in the databases of platform/);
  });

  it("does not call clean a profile whose rights it could not ask for, and finds nothing of one that has them", () => {
    const given = world();
    asProfile(given);
    given.facts.logins[0]!.grants = [];
    assert.deepEqual([report(given).findings, report(given).notChecked], [[], []]);
    given.facts.logins[0]!.grants = "unknown";
    const { findings, notChecked } = report(given);
    assert.deepEqual([findings, notChecked.map(({ what }) => what)], [[], ["the rights of agents"]]);
  });

  it("takes a migrator's role, which is a member of the owner's, for no login of the owner's service", () => {
    const given = world();
    asProfile(given, "migrator");
    const cluster = given.state.deployment!.resources!.find(({ type }) => type.endsWith(":Cluster"))!;
    const { roles } = (cluster.inputs as { spec: { managed: { roles: RoleConfiguration[] } } }).spec.managed;
    // Its logins take turns, so that it has no Secret.
    Object.assign(
      roles.find(({ name }) => name === "agents")!,
      { inRoles: ["platform"], passwordSecret: undefined },
    );
    const found = parseState(given.state, "dev").roles.find(({ spec }) => spec.name === "agents");
    assert.equal(found?.service, "agents");
  });

  it("looks at an owner's settings that its logins take over, though it may not log in itself", () => {
    const given = world();
    given.facts.catalogue!.settings = [{ role: "platform", database: null, names: ["search_path", "statement_timeout"] }];
    assert.deepEqual(
      report(given).findings.map(({ service, check, suspect }) => [service, check, suspect]),
      [["platform", "settings", "sessions of role platform begin with search_path"]],
    );
  });

  it("finds nothing where an application's namespace has its Secret, too, whichever the state has first", () => {
    const given = world({ mirror: true });
    copied(given);
    const { clean, findings, notes, notChecked } = report(given);
    assert.deepEqual({ clean, findings, notes, notChecked }, { clean: true, findings: [], notes: [], notChecked: [] });
  });

  it("notes that nobody may look who else writes there", () => {
    const given = world();
    copied(given);
    given.facts.externalSecretsElsewhere = new Map([["jobs", "unknown"]]);
    const { clean, notes } = report(given);
    assert.deepEqual([clean, notes.length], [true, 1]);
    assert.match(notes[0]!.text, /may not list the ExternalSecrets of jobs/);
  });

  it("without the state's secrets, compares the password there with the role's", () => {
    const given = world({ sealed: true });
    copied(given).data.password = Buffer.from("another").toString("base64");
    const { outputs } = given.state.deployment!.resources!.find(({ type }) => type === "pulumi:pulumi:Stack")!;
    (outputs as { services: Record<string, { namespaces?: string[] }> }).services.agents!.namespaces = ["jobs"];
    assert.deepEqual(
      report(given, "no passphrase").findings.map(({ suspect }) => suspect),
      ["Secret jobs/agents-db-secret has another password than Secret agents-db-role"],
    );
  });

  it("judges a Cluster that is somebody else's by nothing but what touches the stack's roles and databases", () => {
    const given = world({ objects: true });
    const resources = given.state.deployment!.resources!;
    Object.assign(resources[0]!.outputs!, { clusterIs: "existing" });
    const cluster = resources.find(({ type }) => type.endsWith(":Cluster"))!;
    Object.assign(cluster, { external: true, inputs: {} });
    const { spec } = given.facts.cluster!;
    Object.assign(spec, { enableSuperuserAccess: true, managed: { roles: [{ name: "theirs" }] } });
    spec.postgresql = { pg_hba: ["host all all all scram-sha-256"], ldap: {} };
    const theirs = {
      ...given.facts.catalogue!.roles.find(({ name }) => name === "agents")!,
      name: "theirs",
      superuser: true,
      memberOf: [] as string[],
    };
    given.facts.catalogue!.roles.push(theirs);
    given.facts.catalogue!.settings = [{ role: "theirs", database: null, names: ["search_path"] }];
    const { findings, notes } = report(given);
    assert.deepEqual([findings, notes], [[], []]);
    theirs.memberOf = ["agents"];
    Object.assign(spec, { managed: { roles: [{ name: "agents" }] } });
    assert.deepEqual(
      report(given).findings.map(({ check, suspect }) => [check, suspect.split(" ").slice(0, 4).join(" ")]),
      [
        ["cluster", "Cluster pg has agents"],
        ["unmanagedRole", "role theirs (LOGIN, SUPERUSER,"],
      ],
    );
  });

  it("finds nothing where all is copied as it is", () => {
    const { findings, notes, notChecked } = report(world({ mirror: true }));
    assert.deepEqual({ findings, notes, notChecked }, { findings: [], notes: [], notChecked: [] });
  });

  for (const { title, objects, breaks, finds } of [...objectCases, ...postgresCases, ...needsCases, ...grantsCases, ...mirrorCases]) {
    it(`finds ${title}`, () => {
      const broken = world({ objects: objects ?? false, mirror: true });
      breaks(broken.facts, broken);
      const found = report(broken);
      assert.deepEqual(
        found.findings.map(({ service, check }) => [service, check]),
        finds.map(([service, check]) => [service, check]),
      );
      for (const [index, { suspect, truth, mend }] of found.findings.entries()) {
        const [, , subject, phrase, command] = finds[index]!;
        const text = `${suspect}; ${truth}`;
        assert.ok(suspect.includes(subject) && text.includes(phrase), `nothing of ${subject} | ${phrase} in\n${text}`);
        assert.ok(mend.includes(command), `nothing of ${command} in\n${mend}`);
      }
      golden("drift", title, findingsOf(found));
      assert.equal(found.clean, false);
      // What is run from the top, while an application is down, destroys nothing in Postgres.
      for (const { mend } of found.findings) {
        assert.doesNotMatch(mend, /\bDROP\b/);
        const removes = /delete -n apps \S+\.postgresql\.cnpg\.io/.exec(mend);
        assert.ok(removes === null || /ReclaimPolicy":"retain"/.test(mend.slice(0, removes.index)), mend);
      }
      assert.ok(!JSON.stringify(found).includes(MARK));
    });
  }

  describe("of copies in Vault", () => {
    it("says what is kept of services that are not copied any more, and how to end that", () => {
      const broken = world({ mirror: true });
      if ("found" in broken.facts.copies!) broken.facts.copies.others.push("dev/apps/graph-db-credentials");
      const found = report(broken);
      const [{ service, check, text, command } = {}, ...more] = found.notes;
      assert.deepEqual([service, check, more], [null, "mirror", []]);
      assert.match(text!, /mirror\/dev\/apps\/graph-db-credentials.* nothing is copied/);
      assert.match(command!, /delete -mount=mirror dev\/apps\/graph-db-credentials$/);
      golden("drift", "a copy that is left over", findingsOf(found));
    });

    it("names a role of the same name elsewhere, which is no finding", () => {
      const other = world();
      const login = { kind: "staticRole", username: "agents" } as const;
      other.facts.vaultLogins = [
        { ...login, path: "database/static-roles/there", host: "db.example" },
        { ...login, path: "database/static-roles/other", host: "pgx.apps.svc" },
      ];
      const found = report(other);
      assert.deepEqual(found.findings, []);
      for (const [index, [path, host]] of [
        ["database/static-roles/there", "db.example"],
        ["database/static-roles/other", "pgx.apps.svc"],
      ].entries()) {
        const { service, text, command } = found.notes[index]!;
        assert.deepEqual([service, command], ["agents", `vault read ${path}`]);
        assert.ok(text.includes(`${path} names a role agents`) && text.includes(`at ${host},`), text);
      }
      assert.equal(found.notes.length, 2);
      golden("drift", "roles of the same name elsewhere", findingsOf(found));
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
      const found = report(broken);
      assert.deepEqual(found.findings, []);
      assert.deepEqual(
        found.notChecked.map(({ what, asked }) => [what, asked]),
        ["PushSecrets", "copies in Vault", "database roles in Vault"].map((what) => [what, false]),
      );
      const [pushes, ...others] = found.notChecked.map(({ reason }) => reason);
      assert.match(pushes!, /may not list the PushSecrets of apps/);
      assert.deepEqual(others, ["Vault is down", "it may not"]);
      golden("drift", "copies that could not be looked at", findingsOf(found));
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
