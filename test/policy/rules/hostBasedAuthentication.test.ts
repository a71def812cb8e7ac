import * as assert from "node:assert/strict";
import { hostBasedAuthentication as rule } from "../../../policy/rules/hostBasedAuthentication";
import { finding, judge, object, UNKNOWN, type Told } from "../../support/policy";

const LAST = "host all all all reject";
const cluster = (lines: unknown, more: object = {}) =>
  object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: { postgresql: { pg_hba: lines }, ...more } });
const SUBJECT = "Cluster ameide-prod/postgres, spec.postgresql.pg_hba";
const told = (what: string, subject = SUBJECT): Told => [subject, what];

describe("policy/rules/hostBasedAuthentication", () => {
  const finds = finding(rule);

  it("has nothing against lines that name databases and logins, the last of which refuses everybody, and what is not known yet", () => {
    const lines = ["hostssl agents agents,agents_a,agents_b all scram-sha-256", "host old old all scram-sha-256", LAST];
    assert.deepEqual(judge(rule, [cluster(lines), cluster(UNKNOWN), cluster([LAST]), object("core/v1:Secret", "x", {})]), []);
  });

  for (const [line, phrase] of [
    ["hostssl agents +agents all scram-sha-256", "`+agents`"],
    ["hostssl samerole all all scram-sha-256", "`samerole`"],
    ["hostssl agents all all scram-sha-256", "everybody"],
    ["hostssl agents bi all trust", "`trust`"],
    ["host all all 0.0.0.0/0 md5", "`md5`"],
    ["hostssl all postgres all scram-sha-256", "`postgres`"],
    ["hostssl a b all scram-sha-256\nhost all all all trust", "not seen"],
  ] as const)
    it(`finds ${JSON.stringify(line)}`, () => finds([cluster([line, LAST])], [told(phrase)]));

  it("finds lines that do not end with a refusal, and a Cluster without any", () => {
    finds([cluster([LAST, "hostssl a b all scram-sha-256"])], [told("does not end with")]);
    const without = object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: {} });
    finds([without], [told("has no line of its own")]);
  });

  it("finds a superuser with a password, unless the stack may have one", () => {
    const line = "hostssl all postgres all scram-sha-256";
    const enabled = cluster([line, LAST], { enableSuperuserAccess: true });
    finds([enabled], [told("the superuser a password", "Cluster ameide-prod/postgres, spec.enableSuperuserAccess")]);
    assert.deepEqual(judge(rule, [enabled], { superuserStacks: [enabled.stack] }), []);
  });
});
