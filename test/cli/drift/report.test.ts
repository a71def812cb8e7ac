import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { exitCode } from "../../../cli/drift/evaluate";
import { renderJson, renderText } from "../../../cli/drift/render";
import { inParallel, scrub } from "../../../cli/drift/sessions";
import { parseState } from "../../../cli/drift/state";
import { live, MARK, report, world } from "./fixture";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("cli/drift: what is no finding", () => {
  it("notes a service that is off, another's role, an operator that cannot be seen, further keys, what a run left", () => {
    const { state, facts } = world();
    facts.catalogue!.roles.push(live("graph", {}), live("threads_a", { login: false }), live("theirs", {}));
    facts.roleObjects.set("another", { metadata: { name: "another" }, spec: { name: "theirs" } });
    facts.operators = "unknown";
    facts.secrets.get("agents-db-secret")!.data["a/b"] = base64(MARK);
    state.deployment!.pending_operations = [{}, {}];
    const { clean, notes, findings } = report({ state, facts });
    assert.deepEqual([clean, findings], [true, []]);
    assert.deepEqual(
      notes.map(({ service, check, text, command }) => [service, check, text, command]),
      [
        [
          null,
          "state",
          "2 operations of the state have not ended: an update is under way, or was killed; what it changes may be found here",
          "npm run recover -- --stack dev",
        ],
        [
          null,
          "operator",
          "this account may not list the Deployments of all namespaces, so that whether the operator runs is not known",
          null,
        ],
        [
          "agents",
          "secret",
          "Secret agents-db-secret has a key that Pulumi did not write: a/b",
          `npm run kubectl -- patch -n apps secret agents-db-secret --type=json -p '[{"op":"remove","path":"/data/a~1b"}]'`,
        ],
        ["graph", "unmanagedRole", "role graph (LOGIN) stays in Postgres: graph is off, and nobody can connect with it", null],
        ["threads", "unmanagedRole", "role threads_a stays in Postgres: threads is off, and nobody can connect with it", null],
        [null, "unmanagedRole", "role theirs (LOGIN) is another's: DatabaseRole another declares it", null],
      ],
    );
  });

  it("notes a previous credential that is older than passwords may be", () => {
    const broken = world();
    const services = broken.state.deployment!.resources![0]!.outputs!.services as Record<string, { maxAgeDays?: number }>;
    services.platform!.maxAgeDays = 7;
    assert.deepEqual(report(broken).notes, [
      {
        service: "platform",
        check: "rotation",
        text: "the previous credential, role platform_b, still logs in, 30 days after the rotation",
        command: "npm run retire -- --stack dev platform",
      },
    ]);
  });

  it("leaves alone the role that CloudNativePG made for a database that no service owns", () => {
    const { state, facts } = world();
    facts.cluster!.spec.bootstrap = { initdb: { owner: "app" } };
    facts.catalogue!.roles.push(live("app", {}));
    assert.equal(report({ state, facts }).clean, true);
  });
});

describe("cli/drift: what was not looked at", () => {
  const unchecked = (change: (facts: ReturnType<typeof world>["facts"]) => void) => {
    const one = world();
    change(one.facts);
    const found = report(one);
    return [found.notChecked.map(({ what, reason, asked }) => [what, reason, asked]), exitCode(found)];
  };

  it("is no failure where that was asked for", () =>
    assert.deepEqual(
      unchecked((facts) => {
        Object.assign(facts, { noLogin: true, logins: [] });
        delete facts.catalogue;
      }),
      [
        [
          ["logins", "--no-login", true],
          ["roles and databases in Postgres", "--no-login", true],
        ],
        0,
      ],
    ));

  it("is one otherwise", () => {
    const roles = ["roles and databases in Postgres", "no service's login gave a session to read them in", false];
    assert.deepEqual(
      unchecked((facts) => {
        facts.logins = [];
        delete facts.catalogue;
      }),
      [[["logins of agents, platform", "their Secrets hold no credential", false], roles], 2],
    );
    assert.deepEqual(
      unchecked((facts) => {
        delete facts.cluster!.status.currentPrimary;
        facts.logins = [];
        delete facts.catalogue;
      }),
      [[["logins of agents, platform", "there is no primary", false], roles], 1],
    );
  });

  it("where the state keeps its secrets: the values; whatever else can be told is", () => {
    const one = world({ sealed: true });
    const clean = report(one, "incorrect passphrase");
    assert.deepEqual(clean.notChecked, [
      { what: "Secrets against the state", reason: "the state cannot be decrypted: incorrect passphrase", asked: false },
    ]);
    assert.equal(exitCode(clean), 2);
    Object.assign(one.facts.secrets.get("agents-db-secret")!.data, { password: base64(`${MARK}-by-hand`), user: "" });
    Object.assign(one.facts.secrets.get("platform-db-role-a")!.data, { username: base64(`${MARK}-swapped`) });
    const found = report(one, "incorrect passphrase");
    assert.deepEqual(
      found.findings.map(({ service, suspect, truth }) => [service, suspect, truth]),
      [
        [
          "agents",
          "Secret agents-db-secret lacks the key user",
          "it has the keys username, user, password, host, port, dbname, uri, jdbc-uri, pgpass",
        ],
        ["platform", "Secret platform-db-role-a names another role in the key username", "it is platform_a"],
        [
          "agents",
          "Secret agents-db-secret has another password than Secret agents-db-role",
          "they have one; which of them is the state's could not be checked",
        ],
      ],
    );
    assert.ok(!JSON.stringify(found).includes(MARK));
  });
});

describe("cli/drift: output", () => {
  const broken = () => {
    const one = world();
    one.facts.secrets.delete("agents-db-secret");
    one.facts.logins.shift();
    one.facts.catalogue!.roles.push(live("graph", {}));
    return report(one);
  };
  const rewrite = "npm run pulumi -- --stack dev up --refresh --yes --skip-preview";

  it("is a table and what to do about it", () =>
    assert.equal(
      renderText(broken()),
      `SERVICE   DATABASE  ROLE        SECRET                   LOGIN      FINDINGS
agents    agents    agents      agents-db-secret         not tried  1
platform  platform  platform_a  platform-db-credentials  ok, 34 ms  -

1. agents (secret)
   suspect: Secret agents-db-secret does not exist
   truth:   the application reads its credential there; the state has it
   mend:    ${rewrite}
Note: graph: role graph (LOGIN) stays in Postgres: graph is off, and nobody can connect with it
NOT CHECKED: logins of agents: their Secrets hold no credential
1 finding, 2 services of stack dev; mend them in this order, and run this again: one command often mends several`,
    ));

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
      /\nNOT CHECKED: Secrets against the state: the state cannot be decrypted: no passphrase\nNo finding, 2 services of stack dev, but not everything was checked$/,
    );
  });

  it("is JSON of a schema that does not change", () =>
    assert.deepEqual(JSON.parse(renderJson(broken())), {
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
          suspect: "Secret agents-db-secret does not exist",
          truth: "the application reads its credential there; the state has it",
          mend: rewrite,
        },
      ],
      notes: [
        {
          service: "graph",
          check: "unmanagedRole",
          text: "role graph (LOGIN) stays in Postgres: graph is off, and nobody can connect with it",
          command: null,
        },
      ],
      notChecked: [{ what: "logins of agents", reason: "their Secrets hold no credential", asked: false }],
    }));

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
      name: "CliError",
      message: "stack prod has not been brought up\nRemedy: `npm run up -- --stack prod`",
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
