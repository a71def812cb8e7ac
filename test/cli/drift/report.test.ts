import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { exitCode } from "../../../cli/drift/evaluate";
import { renderJson, renderText } from "../../../cli/drift/render";
import { disputed, inParallel, scrub } from "../../../cli/drift/sessions";
import { parseState } from "../../../cli/drift/state";
import { golden } from "../../support/golden";
import { tells } from "../../support/told";
import { letIn } from "./case";
import { live, MARK, report, world } from "./fixture";

/** The inline roles, as the state has them. */
const rolesInState = ({ state }: ReturnType<typeof world>) =>
  (
    state.deployment!.resources!.find(({ type }) => type.endsWith(":Cluster"))!.inputs as {
      spec: { managed: { roles: { inRoles?: string[] }[] } };
    }
  ).spec.managed.roles;

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("cli/drift: what fixes a database", () => {
  it("asks neither Vault nor Azure, which a refresh would, where the stack has something there", () => {
    const { state, facts } = world();
    facts.secrets.delete("agents-db-secret");
    const mend = () => report({ state, facts }).findings.find(({ check }) => check === "secret")!.mend;
    assert.match(mend(), / up --refresh --yes --skip-preview$/);
    const inputs = { metadata: { name: "x" } };
    for (const type of ["vault:index/mount:Mount", "vault:index/policy:Policy", "azure-native:keyvault:Vault"])
      (state.deployment!.resources as object[]).push({ type, urn: `urn::${type}::x`, inputs, outputs: {} });
    assert.match(mend(), / --skip-preview --exclude '\*\*\$azure-native:\*\*' --exclude '\*\*\$vault:\*\*'$/);
  });
});

describe("cli/drift: what is no finding", () => {
  it("notes a service that is off, another's role, an operator that cannot be seen, further keys, what a run left", () => {
    const { state, facts } = world();
    facts.catalogue!.roles.push(live("graph", { login: false }), live("threads_a", { login: false }), live("theirs", {}));
    facts.roleObjects.set("another", { metadata: { name: "another" }, spec: { name: "theirs" } });
    facts.operators = "unknown";
    facts.secrets.get("agents-db-secret")!.data["a/b"] = base64(MARK);
    // While its password is taken over.
    (state.deployment!.resources![0]!.outputs!.services as Record<string, { adopts?: boolean }>).agents!.adopts = true;
    state.deployment!.pending_operations = [{}, {}];
    const found = report({ state, facts });
    assert.deepEqual([found.clean, found.findings], [true, []]);
    const expected: [service: string | null, check: string, phrase: string, command: string | null][] = [
      [null, "state", "2 operations", "recover -- --stack dev"],
      [null, "operator", "may not list the Deployments", null],
      ["agents", "secret", "Secret agents-db-secret has a key that Pulumi did not write: a/b", '"path":"/data/a~1b"'],
      ["graph", "unmanagedRole", "role graph stays", null],
      ["threads", "unmanagedRole", "role threads_a stays", null],
      [null, "unmanagedRole", "role theirs (LOGIN) is another's", null],
    ];
    assert.deepEqual(
      found.notes.map(({ service, check }) => [service, check]),
      expected.map(([service, check]) => [service, check]),
    );
    for (const [index, { text, command }] of found.notes.entries()) {
      const [, , phrase, needed] = expected[index]!;
      assert.ok(text.includes(phrase), text);
      assert.ok(needed === null ? command === null : command!.includes(needed), String(command));
    }
    golden("drift", "what is no finding", renderText(found));
  });

  it("notes a previous credential that is older than passwords may be", () => {
    const broken = world();
    const services = broken.state.deployment!.resources![0]!.outputs!.services as Record<string, { maxAgeDays?: number }>;
    services.platform!.maxAgeDays = 7;
    const found = report(broken);
    const [{ service, check, text, command } = {}, ...more] = found.notes;
    assert.deepEqual([service, check, more], ["platform", "rotation", []]);
    assert.match(text!, /platform_b, still logs in, 30 days/);
    assert.match(command!, /retire -- --stack dev platform$/);
    golden("drift", "a previous credential that is old", renderText(found));
  });

  for (const way of ["initdb", "recovery", "pg_basebackup"] as const)
    it(`leaves alone the role that CloudNativePG made, by ${way}, for a database that no service owns`, () => {
      const { state, facts } = world();
      facts.cluster!.spec.bootstrap = { [way]: { owner: "app" } };
      facts.catalogue!.roles.push(live("app", {}));
      assert.equal(report({ state, facts }).clean, true);
    });

  describe("is a role that somebody has declared, or a tool's", () => {
    const noted: [what: string, breaks: (given: ReturnType<typeof world>) => void, phrase: string][] = [
      [
        "a line of the stack's lets in, with rights to all data there",
        (given) => {
          letIn(given, "hostssl platform reporting all scram-sha-256");
          given.facts.catalogue!.roles.push(live("reporting", { memberOf: ["pg_read_all_data"] }));
        },
        "role reporting (LOGIN, with the rights of pg_read_all_data) is let into platform by a line of `cluster.pgHba`, and is no service's",
      ],
      [
        "a line lets in, with a DatabaseRole of its own and REPLICATION",
        (given) => {
          letIn(given, "hostssl agents,platform debezium all scram-sha-256");
          given.facts.catalogue!.roles.push(live("debezium", { replication: true }));
          given.facts.roleObjects.set("cdc", { metadata: { name: "cdc" }, spec: { name: "debezium", replication: true } });
        },
        "role debezium (LOGIN, REPLICATION) is let into agents, platform by a line of `cluster.pgHba`, and is no service's; DatabaseRole cdc declares it",
      ],
      [
        "a record makes its role a member of",
        (given) => {
          for (const roles of [given.facts.cluster!.spec.managed!.roles!, rolesInState(given)]) roles[0]!.inRoles = ["readers"];
          given.facts.catalogue!.roles.find(({ name }) => name === "agents")!.memberOf = ["readers"];
          given.facts.catalogue!.roles.push(live("readers", { login: false, memberOf: ["pg_read_all_data"] }));
        },
        "role readers (with the rights of pg_read_all_data) is what agents is made a member of (`memberOf`)",
      ],
      [
        "pgaudit goes by",
        ({ facts }) => {
          facts.cluster!.spec.postgresql!.parameters = { "pgaudit.role": "auditor" };
          facts.catalogue!.roles.push(live("auditor", { login: false }));
        },
        "role auditor is what pgaudit goes by (`pgaudit.role`)",
      ],
      [
        "a tool is told to have",
        ({ facts }) => facts.catalogue!.roles.push(live("datadog", { memberOf: ["pg_monitor"] })),
        "role datadog (LOGIN) is called as the role of Datadog's agent is, and pg_hba.conf keeps it out until a line of `cluster.pgHba`",
      ],
    ];
    for (const [what, breaks, phrase] of noted)
      it(`that ${what}`, () => {
        const given = world();
        breaks(given);
        const found = report(given);
        assert.deepEqual(found.findings, []);
        assert.ok(
          found.notes.some(({ text, command }) => text.includes(phrase) && command === null),
          JSON.stringify(found.notes),
        );
        golden("drift", `a role that ${what}`, renderText({ ...found, services: [] }));
      });

    it("but a name alone accounts for no rights", () => {
      const given = world();
      given.facts.catalogue!.roles.push(live("datadog", { createrole: true }), live("grafana", { memberOf: ["pg_read_all_data"] }));
      assert.deepEqual(
        report(given).findings.map(({ check, suspect }) => [check, suspect.slice(0, 13)]),
        [
          ["unmanagedRole", "role datadog "],
          ["unmanagedRole", "role grafana "],
        ],
      );
    });
  });

  it("is a role that nobody manages once it can do nothing: how it is dropped is a note, with who gets what it has made", () => {
    const given = world();
    given.facts.catalogue!.roles.push(
      live("gone", { login: false, validUntil: "2001-01-01T00:00:00Z", expired: true }),
      live("maker", { login: false, usedIn: ["agents"], hasSharedRights: true }),
      live("elsewhere", { login: false, usedIn: ["postgres"] }),
    );
    given.facts.catalogue!.databases.push({ name: "b", owner: "someone" });
    const found = report(given);
    assert.equal(found.clean, true);
    const [elsewhere, gone, maker] = [...found.notes].sort((one, other) => (one.text < other.text ? -1 : 1));
    assert.match(gone!.command!, /-c 'DROP ROLE "gone"'$/);
    assert.match(maker!.text, /goes to the database's owner.* look first \(`npm run inspect .* agents`\)/);
    assert.match(maker!.command!, /REASSIGN OWNED BY "maker" TO "agents"' -c 'DROP OWNED BY "maker"' && .* -c 'DROP ROLE "maker"'$/);
    assert.match(elsewhere!.text, /what it has in postgres is no service's: look at it, and drop both by hand/);
    assert.equal(elsewhere!.command, null);
    golden("drift", "roles that nobody manages, and that can do nothing", renderText({ ...found, services: [] }));
  });

  it("names what two services hear differently: a role that one does not hear of, a right, a setting", () => {
    const { catalogue } = world().facts;
    const other = structuredClone(catalogue!);
    assert.deepEqual(disputed(catalogue!, other), []);
    other.roles.push(live("hidden", { superuser: true }));
    other.roles.find(({ name }) => name === "agents")!.createdb = true;
    other.settings = [{ role: null, database: null, names: ["search_path"] }];
    assert.deepEqual(disputed(catalogue!, other), ["role agents", "role hidden", "settings of all in all"]);
    assert.deepEqual(disputed(other, catalogue!), disputed(catalogue!, other));
  });

  it("gives nothing to a database's owner that somebody has made a superuser", () => {
    const given = world();
    given.facts.catalogue!.roles.push(live("maker", { login: false, usedIn: ["agents"], hasSharedRights: true }));
    given.facts.catalogue!.roles.find(({ name }) => name === "agents")!.superuser = true;
    const note = report(given).notes.find(({ text }) => text.startsWith("role maker"))!;
    assert.match(note.text, /what it has in agents is no service's/);
    assert.equal(note.command, null);
  });

  it("gives a database that such a role owns to its owner first", () => {
    const given = world();
    given.facts.catalogue!.roles.push(live("old_owner", { login: false, usedIn: ["agents"] }));
    given.facts.catalogue!.databases[1]!.owner = "old_owner";
    assert.match(report(given).notes[0]!.command!, /^npm run kubectl .* -c 'ALTER DATABASE "agents" OWNER TO "agents"' && /);
  });

  it("is what would set a password back, as long as it is the same password", () => {
    const given = world();
    given.facts.cluster!.spec.bootstrap = { initdb: { database: "agents", owner: "agents" } };
    given.facts.secrets.set("pg-app", given.facts.secrets.get("agents-db-role")!);
    const { clean, notes } = report(given);
    assert.deepEqual([clean, notes.map(({ service, check }) => [service, check])], [true, [["agents", "cluster"]]]);
    assert.match(notes[0]!.text, /the Secret pg-app: both have the same password, and from the next rotation on/);
    assert.match(notes[0]!.command!, /"initdb":\{"secret":\{"name":"agents-db-role"\}\}/);
  });

  it("are settings that the record has", () => {
    const given = world();
    const services = given.state.deployment!.resources![0]!.outputs!.services as Record<string, { settings?: string[] }>;
    services.platform!.settings = ["search_path"];
    given.facts.catalogue!.settings = [{ role: "platform_a", database: "platform", names: ["role", "search_path"] }];
    const found = report(given).findings.map(({ suspect }) => suspect);
    assert.deepEqual(found, ["sessions of role platform_a in the database platform begin with role"]);
  });
});

describe("cli/drift: what was not looked at", () => {
  /** Each with a phrase of its reason, and the exit code. */
  function unchecked(
    change: (facts: ReturnType<typeof world>["facts"]) => void,
    expected: [string, string, boolean][],
    code: number,
  ): void {
    const one = world();
    change(one.facts);
    const found = report(one);
    assert.deepEqual(
      found.notChecked.map(({ what, asked }) => [what, asked]),
      expected.map(([what, , asked]) => [what, asked]),
    );
    for (const [index, { reason }] of found.notChecked.entries()) assert.ok(reason.includes(expected[index]![1]), reason);
    assert.equal(exitCode(found), code);
  }
  const ROLES = "roles and databases in Postgres";

  it("is no failure where that was asked for", () =>
    unchecked(
      (facts) => {
        Object.assign(facts, { noLogin: true, logins: [] });
        delete facts.catalogue;
      },
      [
        ["logins", "--no-login", true],
        [ROLES, "--no-login", true],
      ],
      0,
    ));

  it("is one otherwise", () => {
    const roles: [string, string, boolean] = [ROLES, "no service's login", false];
    unchecked(
      (facts) => {
        facts.logins = [];
        delete facts.catalogue;
      },
      [["logins of agents, platform", "no credential", false], roles],
      2,
    );
    unchecked(
      (facts) => {
        delete facts.cluster!.status.currentPrimary;
        facts.logins = [];
        delete facts.catalogue;
      },
      [["logins of agents, platform", "no primary", false], roles],
      1,
    );
  });

  it("where the state keeps its secrets: the values; whatever else can be told is", () => {
    const one = world({ sealed: true });
    const clean = report(one, "incorrect passphrase");
    const [{ what, reason, asked } = {}, ...more] = clean.notChecked;
    assert.deepEqual([what, asked, more], ["Secrets against the state", false, []]);
    assert.match(reason!, /cannot be decrypted: incorrect passphrase$/);
    assert.equal(exitCode(clean), 2);
    Object.assign(one.facts.secrets.get("agents-db-secret")!.data, { password: base64(`${MARK}-by-hand`), user: "" });
    Object.assign(one.facts.secrets.get("platform-db-role-a")!.data, { username: base64(`${MARK}-swapped`) });
    const found = report(one, "incorrect passphrase");
    tells(
      found.findings.map(({ service, suspect }) => `${service}: ${suspect};`),
      [
        ["agents", "Secret agents-db-secret", "lacks the key user;"],
        ["platform", "Secret platform-db-role-a", "another role in the key username"],
        ["agents", "Secret agents-db-secret", "another password than Secret agents-db-role"],
      ],
    );
    golden("drift", "a state that cannot be decrypted", renderText(found));
    assert.ok(!JSON.stringify(found).includes(MARK));
  });
});

describe("cli/drift: output", () => {
  const broken = () => {
    const one = world();
    one.facts.secrets.delete("agents-db-secret");
    one.facts.logins.shift();
    one.facts.catalogue!.roles.push(live("graph", { login: false }));
    return report(one);
  };

  it("is a table and what to do about it", () => {
    const text = renderText(broken());
    assert.match(
      text,
      /^SERVICE +DATABASE +ROLE +SECRET +LOGIN +FINDINGS\nagents .* not tried +1\nplatform .* ok, 34 ms +-\n\n1\. agents \(secret\)$/m,
    );
    assert.match(text, /^Note: graph: [^]*^NOT CHECKED: logins of agents: [^]*^1 finding, 2 services of stack dev;.*$/m);
    golden("drift", "output", text);
  });

  it("leaves services without findings out of a long table", () => {
    const one = report(world());
    one.services = Array.from({ length: 41 }, (_, index) => ({ ...one.services[0]!, service: `s${index}` }));
    assert.equal(renderText(one), "Clean: 41 services of stack dev");
    one.services[7]!.findings = 1;
    assert.match(renderText(one), /^SERVICE .*\ns7 .*\n\nClean/);
  });

  it("says that not everything was looked at", () => {
    const one = report(world({ sealed: true }), "no passphrase");
    assert.match(
      renderText(one),
      /\nNOT CHECKED: Secrets against the state: .*no passphrase\nNo finding, 2 services of stack dev, but not everything was checked$/,
    );
  });

  it("is JSON of a schema that does not change", () => {
    const found = broken();
    const [finding, note, notChecked] = [found.findings[0]!, found.notes[0]!, found.notChecked[0]!];
    assert.deepEqual(JSON.parse(renderJson(found)), {
      schema: 1,
      stack: "dev",
      cluster: "apps/pg",
      checkedAt: "2026-01-31T00:00:00.000Z",
      clean: false,
      services: [
        {
          service: "agents",
          database: "agents",
          role: "agents",
          login: "agents",
          secret: "agents-db-secret",
          outcome: "notTried",
          milliseconds: null,
          findings: 1,
        },
        {
          service: "platform",
          database: "platform",
          role: "platform",
          login: "platform_a",
          secret: "platform-db-credentials",
          outcome: "ok",
          milliseconds: 34,
          findings: 0,
        },
      ],
      findings: [
        {
          service: "agents",
          check: "secret",
          suspect: finding.suspect,
          truth: finding.truth,
          mend: "npm run pulumi -- --stack dev up --refresh --yes --skip-preview",
        },
      ],
      notes: [
        {
          service: "graph",
          check: "unmanagedRole",
          text: note.text,
          command: null,
        },
      ],
      notChecked: [{ what: "logins of agents", reason: notChecked.reason, asked: false }],
    });
  });

  it("has no secret value, whatever is broken", () => {
    const { state, facts } = world();
    assert.ok(JSON.stringify(state).includes(base64(MARK).slice(0, 8)));
    for (const secret of facts.secrets.values()) for (const key of Object.keys(secret.data)) secret.data[key] = base64(`${MARK}-${key}`);
    const found = report({ state, facts });
    assert.equal(found.findings.length, 5);
    for (const text of [renderText(found), renderJson(found)])
      for (const needle of [MARK, base64(MARK).slice(0, 8)]) assert.ok(!text.includes(needle), needle);
  });
});

describe("cli/drift/state", () => {
  it("refuses a stack with nothing in it", () =>
    assert.throws(() => parseState({}, "prod"), {
      name: "FixableError",
      message: /stack prod .*not been brought up\nRemedy: .*up --stack prod/,
    }));

  it("has the values where they are decrypted, and none where one of them is not", () => {
    assert.ok(parseState(world().state, "dev").secrets.every(({ data }) => data !== undefined));
    assert.ok(parseState(world({ sealed: true }).state, "dev").secrets.every(({ data }) => data === undefined));
  });

  it("knows whose each role is", () => {
    for (const objects of [false, true]) {
      const { roles } = parseState(world({ objects }).state, "dev");
      assert.deepEqual(
        roles.map(({ service, spec }) => `${service} ${spec.name}`),
        ["agents agents", "platform platform", "platform platform_a", "platform platform_b"],
      );
    }
  });
});

describe("cli/drift/sessions", () => {
  it("does so much at a time, and keeps the order", async () => {
    let [running, most] = [0, 0];
    const results = await inParallel([5, 4, 3, 2, 1], 2, async (item) => {
      most = Math.max(most, ++running);
      await turn();
      running--;
      return item * 10;
    });
    assert.deepEqual([results, most], [[50, 40, 30, 20, 10], 2]);
    assert.deepEqual(await inParallel([], 2, () => Promise.reject(new Error("nothing to do"))), []);
  });

  it("does not repeat what an error has out of a Secret that is not the stack's", () => {
    const desired = parseState(world().state, "dev");
    const right = { user: "agents", password: MARK, database: "agents", host: "pg-rw.apps.svc", port: 5432 };
    const say = (credential: typeof right) =>
      scrub(`user "${credential.user}", database "${credential.database}", ${credential.host}`, credential, desired, "agents");
    assert.equal(say(right), 'user "agents", database "agents", pg-rw.apps.svc');
    assert.equal(say({ ...right, user: `${MARK}1`, database: `${MARK}2`, host: MARK }), 'user "…", database "…", …');
  });
});
