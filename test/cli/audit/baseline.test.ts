import assert from "node:assert/strict";
import { readBaseline, writeBaseline, type Baseline } from "../../../cli/audit/baseline";
import { auditFiles, auditTracedFiles, TODAY } from "../../support/audited";

const FILES = { "a/secret.json": `{"password": "hunter2"}`, "b.yaml": "first: 1\npassword: tr0ub4dor\n" };
const MOVED = { ...FILES, "b.yaml": "first: 1\nsecond: 2\npassword: tr0ub4dor\n" };

function baselineOf(text: string): Baseline {
  const baseline = readBaseline(text, "audit-baseline.yaml");
  assert.ok(!("problems" in baseline), JSON.stringify(baseline));
  return baseline;
}

const written = (reason: string) =>
  writeBaseline(auditTracedFiles(FILES).each, undefined, TODAY).replaceAll('reason: ""', `reason: ${reason}`);

describe("the audit's baseline", () => {
  it("accepts what it was written from, where lines have moved too", () => {
    const { clean, accepted } = auditFiles(MOVED, baselineOf(written("a sample")));
    assert.deepEqual({ clean, accepted }, { clean: true, accepted: 2 });
  });

  it("accepts nothing else: another file, another field, a second one", () => {
    const others: Record<string, string>[] = [
      { "c.yaml": "password: hunter2\n" },
      { "b.yaml": "db:\n  password: tr0ub4dor\n" },
      { "b.yaml": "password: tr0ub4dor\n---\npassword: tr0ub4dor\n" },
    ];
    for (const files of others) assert.equal(auditFiles(files, baselineOf(written("a sample"))).findings.length, 1);
  });

  it("has findings of its own where a reason is missing or the day has passed, each in its place", () => {
    const none = auditFiles(FILES, baselineOf(written('""')));
    assert.deepEqual(
      none.findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`),
      ["audit-baseline.yaml:3 baseline-without-reason", "audit-baseline.yaml:10 baseline-without-reason"],
    );
    const late = auditFiles(FILES, baselineOf(written("a sample").replace(/expires: .*/, "expires: 2030-01-30")));
    assert.deepEqual(
      late.findings.map(({ rule }) => rule),
      ["baseline-expired"],
    );
    assert.equal(auditFiles(FILES, baselineOf(written("a sample").replace(/expires: .*/, `expires: ${TODAY}`))).clean, true);
  });

  it("accepts a folder, and a rule in it", () => {
    const folder = (rest: string) => baselineOf(`accepted:\n  - { path: a, reason: samples, expires: 2031-01-01${rest} }\n`);
    assert.equal(auditFiles(FILES, folder("")).findings.length, 1);
    assert.equal(auditFiles(FILES, folder(", rule: sealed-secret")).findings.length, 2);
    assert.equal(auditFiles({ "ab.json": FILES["a/secret.json"] }, folder("")).findings.length, 1, "a name that begins alike is no folder");
  });

  it("says what others provide", () => {
    const files = { "values.yaml": "existingSecret: theirs\nexistingSecretPasswordKey: token\n" };
    const rulesWith = (secret: string) =>
      auditFiles(files, baselineOf(`provided: { secrets: [${secret}] }`)).findings.map(({ rule }) => rule);
    assert.deepEqual(rulesWith(""), ["secret-not-provided"]);
    assert.deepEqual(rulesWith("{ name: theirs, reason: the platform's }"), []);
    assert.deepEqual(rulesWith("{ name: theirs, keys: [password], reason: the platform's }"), ["secret-key-not-provided"]);
  });

  it("keeps what it has when more is added", () => {
    const before = written("a sample");
    const after = writeBaseline(
      auditTracedFiles({ ...FILES, "c.yaml": "password: hunter2\n" }).each,
      `${before}provided:\n  stores: []\n`,
      TODAY,
    );
    assert.equal(baselineOf(after).accepted.length, 3);
    assert.equal(after.match(/a sample/g)?.length, 2);
    assert.match(after, /stores: \[\]/);
    assert.doesNotMatch(after, /hunter2|tr0ub4dor/);
  });

  it("names every problem at once", () => {
    const read = readBaseline("accepted:\n  - { path: a, expires: soon }\nother: 1\n", "x.yaml");
    assert.ok("problems" in read && read.problems.length >= 2, JSON.stringify(read));
    assert.ok("problems" in readBaseline("a: [", "x.yaml"));
  });
});
