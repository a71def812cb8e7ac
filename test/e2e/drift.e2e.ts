import assert from "node:assert/strict";
import type { DriftReport } from "../../cli/drift/types";
import { holds } from "./support/clock";
import { npm, transcripts } from "./support/commands";
import { clean, drift, kinds, mend, runMending } from "./support/drift";
import { kubectl, NAMESPACE, recordsOn, STACK, superuser } from "./support/lab";
import { startOperator } from "./support/operator";
import { alone } from "./support/turn";

const OPERATOR = ["-n", "cnpg-system", "deployment/cnpg-controller-manager"] as const;
const OPERATOR_PODS = ["-n", "cnpg-system", "pod", "-l", "app.kubernetes.io/name=cloudnative-pg"] as const;

/** Passwords that are set by hand: neither the state nor a Secret has them in the end. */
const BY_HAND = ["by-hand-while-stopped", "by-hand-in-base-secret", "by-hand-in-agents-role", "by-hand-of-intruder"] as const;

/** What is broken at once, and what is found of it; what CloudNativePG says of the roles on the way is not counted. */
const AMISS = {
  "an application's Secret that was edited": ["base login", "base secret"],
  "a role's Secret that was edited": ["agents login", "agents roleSecret"],
  "an annotation of a Secret that was taken away": ["temporal secret"],
  "an application's Secret that was deleted": ["platform secret"],
  "a role's Secret that was deleted": ["graph roleSecret"],
  "a role that was dropped, and its Database that cannot be applied": ["threads database", "threads login", "threads role"],
  "a Database object that was edited": ["base database"],
  "a role that was given an end": ["temporal login", "temporal role"],
  "roles that were given more than they should have": ["base role", "platform role"],
  "a superuser that nobody manages": ["unmanagedRole"],
  "a table of somebody else's": ["graph needs"],
} as const;

describe("npm run drift", () => {
  it("is clean on a clean stack, in words and as JSON", async () => {
    await clean("at the start");
    const count = (await recordsOn()).length;
    const { code, text } = await npm("drift");
    assert.equal(code, 0, text);
    assert.match(text, /^agents +agents +agents +agents-db-secret +ok, \d+ ms +-$/m);
    assert.match(text, new RegExp(`^Clean: ${count} services of stack ${STACK}$`, "m"));
    const report = await drift(0);
    assert.deepEqual([report.clean, report.services.length, report.notChecked], [true, count, []]);
  });

  it("says what --no-login leaves out", async () => {
    const { notChecked } = await drift(0, ["--no-login"]);
    assert.deepEqual(
      notChecked.map(({ what, reason }) => [what, reason]),
      [
        ["logins", "--no-login"],
        ["roles and databases in Postgres", "--no-login"],
      ],
    );
  });

  it("fails, naming the remedy, for a stack that is not there and an option that is not", async () => {
    const missing = await npm("drift", ["--stack", "nowhere"]);
    assert.equal(missing.code, 2, missing.text);
    assert.match(missing.text, /Remedy: /);
    assert.equal((await npm("drift", ["--output", "xml"])).code, 2);
  });

  describe("when everything is amiss at once", () => {
    let report: DriftReport;
    before(async () => {
      await breakSecrets();
      await breakDatabase();
      await superuser(`create role intruder superuser login password '${BY_HAND[3]}'`);
      await superuser("set role intruder; create table taken (id int)", "graph");
      // CloudNativePG takes back what it did not give whenever it looks, which may be just then.
      report = await holds(
        async () => {
          await breakRoles();
          const found = await drift(1);
          const wanted = Object.values(AMISS).flat().sort();
          assert.deepEqual(
            kinds(found.findings)
              .filter((kind) => !kind.endsWith(" reconciliation"))
              .sort(),
            wanted,
          );
          assert.match(suspect(found, "threads", "database"), /role "threads" does not exist/);
          return found;
        },
        { seconds: 180, everyMs: 1000 },
      );
    });

    for (const [what, expected] of Object.entries(AMISS))
      it(`finds ${what}`, () => {
        for (const kind of expected) assert.ok(kinds(report.findings).includes(kind), kind);
      });

    it("does not log in where there is no credential, and says what CloudNativePG made of an edited Database", () => {
      assert.equal(report.services.find(({ service }) => service === "platform")?.outcome, "notTried");
      assert.match(suspect(report, "base", "database"), /no_such_extension/);
    });

    it("names the commands that mend all of it, and nothing is lost", async () => {
      await mend(report.findings);
      assert.equal(await superuser("select pg_get_userbyid(datdba) from pg_database where datname = 'threads'"), "threads");
      const { command } = (await drift(0)).notes.find(({ text }) => text.startsWith("role intruder"))!;
      await runMending([{ ...report.findings[0]!, mend: command! }]);
      // Never the superuser's: what a role has made may run with its owner's rights.
      assert.equal(await superuser("select tableowner from pg_tables where tablename = 'taken'", "graph"), "graph");
    });
  });

  it("cannot compare with a state that it cannot decrypt, and says so", async () => {
    const { code, text } = await npm("drift", [], { env: { PULUMI_CONFIG_PASSPHRASE: "wrong" } });
    assert.equal(code, 2, text);
    assert.match(text, /^NOT CHECKED: Secrets against the state: /m);
    const count = (await recordsOn()).length;
    assert.match(text, new RegExp(`^No finding, ${count} services of stack ${STACK}, but not everything was checked$`, "m"));
  });
});

describe("npm run drift, while the operator is stopped", () => {
  it("finds a password that was changed in Postgres", async () => {
    await alone(async () => {
      try {
        await kubectl("scale", ...OPERATOR, "--replicas=0");
        await kubectl("wait", ...OPERATOR_PODS, "--for=delete", "--timeout=120s");
        const findings = await holds(async () => {
          await superuser(`alter role agents password '${BY_HAND[0]}'`);
          const report = await drift(1);
          assert.deepEqual(kinds(report.findings), ["operator", "agents login"]);
          return report.findings;
        });
        assert.equal(
          findings[1]!.suspect,
          'no login as agents with Secret agents-db-secret: password authentication failed for user "agents"',
        );
        await runMending(findings);
      } finally {
        await startOperator();
      }
    });
    await clean("with the operator again");
  });
});

// Mocha runs a suite's own tests before those of the suites in it.
describe("what npm run drift has printed", () => {
  it("holds no password that was set by hand", () => {
    const printed = transcripts.join("\n");
    for (const password of BY_HAND)
      for (const text of [password, Buffer.from(password).toString("base64").replace(/=+$/, "")])
        assert.ok(!printed.includes(text), password);
  });
});

/** What CloudNativePG looks at when it changes: done once, and before roles are changed. */
async function breakSecrets(): Promise<void> {
  const stored = "select rolpassword from pg_authid where rolname = 'agents'";
  const before = await superuser(stored);
  await patchSecret("postgres-ameide-auth", { stringData: { password: BY_HAND[1] } });
  await patchSecret("temporal-db-env", { metadata: { annotations: { "cnpg-credentials/login": null } } });
  await kubectl("-n", NAMESPACE, "delete", "secret", "platform-db-credentials", "graph-db-role");
  await patchSecret("agents-db-role", { stringData: { password: BY_HAND[2] } });
  await holds(async () => assert.notEqual(await superuser(stored), before, "the password in the role's Secret is not applied"));
}

async function breakDatabase(): Promise<void> {
  const spec = { extensions: [{ name: "no_such_extension", ensure: "present" }] };
  await kubectl("-n", NAMESPACE, "patch", "databases.postgresql.cnpg.io", "base", "--type=merge", "-p", JSON.stringify({ spec }));
  await notApplied("base");
}

/** As often as it takes: whatever CloudNativePG has taken back of it is done again. */
async function breakRoles(): Promise<void> {
  await superuser(
    "alter role dbuser createdb connection limit 3; grant pg_read_all_data to platform; alter role temporal valid until '2001-01-01'",
  );
  await superuser("alter database threads owner to postgres; drop role if exists threads");
  const status = JSON.stringify({ status: { observedGeneration: 0 } });
  const database = ["databases.postgresql.cnpg.io", "threads"];
  await kubectl("-n", NAMESPACE, "patch", ...database, "--subresource=status", "--type=merge", "-p", status);
  await notApplied("threads");
}

async function notApplied(database: string): Promise<void> {
  const object = `databases.postgresql.cnpg.io/${database}`;
  await kubectl("-n", NAMESPACE, "wait", object, "--for=jsonpath={.status.applied}=false", "--timeout=120s");
}

async function patchSecret(name: string, patch: object): Promise<void> {
  await kubectl("-n", NAMESPACE, "patch", "secret", name, "--type=merge", "-p", JSON.stringify(patch));
}

const suspect = ({ findings }: DriftReport, service: string, check: string): string =>
  findings.find((finding) => finding.service === service && finding.check === check)?.suspect ?? "";
