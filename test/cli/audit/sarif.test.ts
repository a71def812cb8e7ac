import assert from "node:assert/strict";
import { renderSarif } from "../../../cli/audit/sarif";
import { auditCorpus, auditFiles, PARTS } from "../../support/audited";
import { sarifErrors } from "../../support/sarifSchema";

interface Location {
  physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
}
interface Sarif {
  $schema: string;
  version: string;
  runs: {
    tool: {
      driver: {
        name: string;
        rules: {
          id: string;
          shortDescription: { text: string };
          fullDescription: { text: string };
          help: { text: string; markdown: string };
          defaultConfiguration: { level: string };
          properties: { "security-severity": string; tags: string[] };
        }[];
      };
    };
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { locations: Location[] }[] }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      message: { text: string };
      locations: Location[];
      partialFingerprints: Record<string, string>;
    }[];
  }[];
}

const FILES = {
  "a b/first.yaml": "x: 1\npassword: hunter2\n",
  "second.yaml": "kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nspec: {}\n",
  "third.yaml": "a: [\n",
};

function sarifOf(files: Readonly<Record<string, string>>): Sarif["runs"][number] {
  const sarif = JSON.parse(renderSarif(auditFiles(files))) as Sarif;
  assert.equal(sarif.version, "2.1.0");
  assert.match(sarif.$schema, /sarif-2\.1\.0/);
  assert.equal(sarif.runs.length, 1);
  return sarif.runs[0]!;
}

// What GitHub's code scanning requires, and the standard's own schema.
describe("the audit in SARIF", () => {
  it("has for each rule what code scanning shows of it", () => {
    const { rules } = sarifOf(FILES).tool.driver;
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const { shortDescription, fullDescription, help, defaultConfiguration, properties } of rules) {
      for (const text of [shortDescription.text, fullDescription.text, help.text, help.markdown]) assert.ok(text.length > 0);
      assert.ok(shortDescription.text.length <= 1024 && fullDescription.text.length <= 1024);
      assert.match(defaultConfiguration.level, /^(?:note|warning|error)$/);
      assert.ok(Number(properties["security-severity"]) > 0 && Number(properties["security-severity"]) <= 10);
      assert.ok(properties.tags.includes("security"));
    }
  });

  it("has for each finding its rule, its words, one place and a fingerprint", () => {
    const run = sarifOf(FILES);
    assert.equal(run.results.length, 2);
    for (const { ruleId, ruleIndex, level, message, locations, partialFingerprints } of run.results) {
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
      assert.match(level, /^(?:note|warning|error)$/);
      assert.ok(message.text.length > 0 && !message.text.includes("hunter2"));
      assert.equal(locations.length, 1);
      assert.match(partialFingerprints["cnpgCredentialsAudit/v2"]!, /^[0-9a-f]{20}$/);
    }
    const [first] = run.results;
    assert.deepEqual(first!.locations[0]!.physicalLocation.artifactLocation.uri, "a%20b/first.yaml");
    assert.equal(first!.locations[0]!.physicalLocation.region.startLine, 2);
  });

  it("keeps a finding's fingerprint when lines move", () => {
    const fingerprint = (text: string) => sarifOf({ "a.yaml": text }).results[0]!.partialFingerprints;
    assert.deepEqual(fingerprint("password: hunter2\n"), fingerprint("\n\nx: 1\npassword: another1\n"));
    assert.notDeepEqual(fingerprint("password: hunter2\n"), fingerprint("db: { password: hunter2 }\n"));
  });

  it("is what SARIF's schema asks for, of every rule, with several places of one cause and names that an address does not have", () => {
    const pod = (name: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: a }\nspec: { volumes: [{ name: v, secret: { secretName: nowhere } }] }\n`;
    const reports = [
      ...PARTS.map(auditCorpus),
      auditFiles({ ...FILES, "p.yaml": pod("a"), "q#1?.yaml": pod("b"), "a:b [é] 100%.yaml": "password: hunter2\n" }),
      auditFiles({}),
    ];
    for (const report of reports) {
      const log = JSON.parse(renderSarif(report)) as Sarif;
      assert.deepEqual(sarifErrors(log), []);
      const fingerprints = log.runs[0]!.results.map(({ partialFingerprints }) => Object.values(partialFingerprints).join());
      assert.equal(new Set(fingerprints).size, fingerprints.length);
      assert.deepEqual(
        log.runs[0]!.results.map(({ locations }) => decodeURIComponent(locations[0]!.physicalLocation.artifactLocation.uri)),
        report.findings.map(({ file }) => file),
      );
    }
    const wrong = sarifErrors({ version: "2.1", runs: [{ tool: {}, more: 1, results: [{ message: { text: "a" }, level: "fatal" }] }] });
    for (const problem of [/log\.version /, /required property 'driver'/, /additional properties .*"more"/, /level should be equal/])
      assert.match(wrong.join("\n"), problem);
  });

  it("says what could not be parsed, and that nothing failed", () => {
    const [invocation] = sarifOf(FILES).invocations;
    assert.equal(invocation!.executionSuccessful, true);
    assert.deepEqual(
      invocation!.toolExecutionNotifications.map(({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri),
      ["third.yaml"],
    );
  });
});
