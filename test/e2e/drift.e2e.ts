import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../cli/drift/types";
import { eventually } from "../../lab/wait";
import { npm, transcripts } from "./support/commands";
import { clean, drift, kinds, mend } from "./support/drift";
import { credentials, kubectl, NAMESPACE, stack, superuser } from "./support/lab";

const OPERATOR = ["-n", "cnpg-system", "deployment/cnpg-controller-manager"] as const;

describe("npm run drift", () => {
  const passwords = new Set<string>();
  const remember = async () => Object.values(await credentials()).forEach(({ password }) => passwords.add(password));
  before(async () => {
    await remember();
    await kubectl("rollout", "status", ...OPERATOR, "--timeout=120s");
    await clean("at the start");
  });
  after(async () => {
    await kubectl("scale", ...OPERATOR, "--replicas=1");
    await kubectl("rollout", "status", ...OPERATOR, "--timeout=120s");
  });

  it("is clean on a clean stack, in words and as JSON", async () => {
    const { code, text } = await npm("drift");
    assert.equal(code, 0, text);
    assert.match(text, /^agents +agents +agents +agents-db-secret +ok, \d+ ms +-$/m);
    assert.match(text, /^Clean: 14 services of stack dev$/m);
    const report = await drift(0);
    assert.deepEqual([report.clean, report.services.length, report.notChecked], [true, 14, []]);
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

  it("finds a password that was changed in Postgres while the operator is stopped", async () => {
    await kubectl("scale", ...OPERATOR, "--replicas=0");
    await kubectl("-n", "cnpg-system", "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=cloudnative-pg", "--timeout=60s");
    passwords.add("changed-by-hand-1");
    await superuser("alter role agents password 'changed-by-hand-1'");
    const { findings } = await drift(1);
    assert.deepEqual(kinds(findings), ["operator", "agents login"]);
    assert.equal(findings[1]!.suspect, 'no login as agents with Secret agents-db-secret: password authentication failed for user "agents"');
    await mend(findings);
    await kubectl("rollout", "status", ...OPERATOR, "--timeout=120s");
  });

  it("finds a Secret that was edited: an application's, and a role's", async () => {
    passwords.add("changed-by-hand-2").add("changed-by-hand-3");
    const stored = "select rolpassword from pg_authid where rolname = 'threads'";
    const before = await superuser(stored);
    await patchSecret("plausible-db-credentials", { stringData: { password: "changed-by-hand-2" } });
    await patchSecret("threads-db-role", { stringData: { password: "changed-by-hand-3" } });
    await patchSecret("graph-db-credentials", { metadata: { annotations: { "cnpg-credentials/login": null } } });
    // CloudNativePG applies the role's.
    const expired = () => new Error("the password in the role's Secret is not applied");
    await eventually({ seconds: 60, everyMs: 500, expired }, async () => (await superuser(stored)) !== before || undefined);
    const { findings } = await drift(1);
    const found = kinds(findings).filter((kind) => !kind.endsWith(" reconciliation"));
    assert.deepEqual(found.sort(), ["graph secret", "plausible login", "plausible secret", "threads login", "threads roleSecret"]);
    await mend(findings);
  });

  it("finds a Secret that was deleted: an application's, and a role's", async () => {
    await kubectl("-n", NAMESPACE, "delete", "secret", "platform-db-credentials", "workflows-db-role");
    const report = await drift(1);
    const found = kinds(report.findings).filter((kind) => !kind.endsWith(" reconciliation"));
    assert.deepEqual(found.sort(), ["platform secret", "workflows roleSecret"]);
    assert.equal(report.services.find(({ service }) => service === "platform")?.outcome, "notTried");
    await mend(report.findings);
  });

  it("finds a role that was dropped, and its Database that cannot be applied", async () => {
    await superuser("alter database keycloak owner to postgres; drop role keycloak");
    const status = JSON.stringify({ status: { observedGeneration: 0 } });
    const database = ["databases.postgresql.cnpg.io", "keycloak"];
    await kubectl("-n", NAMESPACE, "patch", ...database, "--subresource=status", "--type=merge", "-p", status);
    await kubectl("-n", NAMESPACE, "wait", ...database, "--for=jsonpath={.status.applied}=false", "--timeout=60s");
    const { findings } = await drift(1);
    const found = kinds(findings).filter((kind) => !kind.endsWith(" reconciliation"));
    assert.deepEqual(found, ["keycloak role", "keycloak database", "keycloak login"]);
    assert.match(findings.find(({ check }) => check === "database")!.suspect, /role "keycloak" does not exist/);
    await mend(findings);
    assert.equal(await superuser("select pg_get_userbyid(datdba) from pg_database where datname = 'keycloak'"), "keycloak");
  });

  it("finds a Database object that was edited, with what CloudNativePG makes of it", async () => {
    const database = ["databases.postgresql.cnpg.io", "inference"];
    const spec = { extensions: [{ name: "no_such_extension", ensure: "present" }] };
    await kubectl("-n", NAMESPACE, "patch", ...database, "--type=merge", "-p", JSON.stringify({ spec }));
    await kubectl("-n", NAMESPACE, "wait", ...database, "--for=jsonpath={.status.applied}=false", "--timeout=60s");
    const { findings } = await drift(1);
    assert.deepEqual(kinds(findings), ["inference database"]);
    assert.match(findings[0]!.suspect, /no_such_extension/);
    await mend(findings);
  });

  it("finds a superuser that nobody manages, with what it owns, and roles that were given more than they should have", async () => {
    passwords.add("changed-by-hand-4");
    await superuser("create role intruder superuser login password 'changed-by-hand-4'");
    await superuser("set role intruder; create table taken (id int)", "graph");
    const change =
      "alter role backstage createdb connection limit 3; grant pg_read_all_data to transformation; alter role temporal valid until '2001-01-01'";
    const wanted = ["backstage role", "temporal login", "temporal role", "transformation role", "unmanagedRole"];
    let findings: Finding[] = [];
    const expired = () => new Error(`found ${kinds(findings).join(", ")}`);
    // CloudNativePG takes back what it did not give whenever it looks, which may be just then.
    await eventually({ seconds: 60, expired }, async () => {
      await superuser(change);
      findings = [...(await drift(1)).findings];
      return isDeepStrictEqual(kinds(findings).sort(), wanted) || undefined;
    });
    await mend(findings);
    assert.equal(await superuser("select tableowner from pg_tables where tablename = 'taken'", "graph"), "postgres");
    await superuser("drop table taken", "graph");
  });

  it("cannot compare with a state that it cannot decrypt, and says so", async () => {
    const { directory } = await stack();
    const env = { PULUMI_BACKEND_URL: `file://${directory}/state`, PULUMI_CONFIG_PASSPHRASE: "wrong" };
    const { code, text } = await npm("drift", [], { env });
    assert.equal(code, 2, text);
    assert.match(text, /^NOT CHECKED: Secrets against the state: /m);
    assert.match(text, /^No finding, 14 services of stack dev, but not everything was checked$/m);
  });

  it("has printed no password", async () => {
    await remember();
    assert.ok(passwords.size > 14);
    const printed = transcripts.join("\n");
    for (const password of passwords)
      for (const text of [password, Buffer.from(password).toString("base64").replace(/=+$/, "")]) assert.ok(!printed.includes(text));
  });
});

async function patchSecret(name: string, patch: object): Promise<void> {
  await kubectl("-n", NAMESPACE, "patch", "secret", name, "--type=merge", "-p", JSON.stringify(patch));
}
