import { baselineExpired, baselineWithoutReason } from "./baseline";
import { fingerprints } from "./fingerprint";
import type { AuditReport } from ".";
import { rules } from "./rules";
import type { RuleText } from "./finding";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** Everything that a finding can be of. */
const ALL: readonly RuleText[] = [...rules, baselineWithoutReason, baselineExpired];

/**
 * The report in SARIF 2.1.0, as GitHub's code scanning takes it: each rule with its help, each finding with its place and a fingerprint that stays when lines move.
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function renderSarif(report: AuditReport): string {
  const named = fingerprints(report.findings);
  const location = (file: string, line: number) => ({
    physicalLocation: { artifactLocation: { uri: encodeURI(file), uriBaseId: "%SRCROOT%" }, region: { startLine: line } },
  });
  const run = {
    tool: { driver: { name: "cnpg-credentials audit", semanticVersion: "0.1.0", rules: ALL.map(describe) } },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: report.unparsable.map(({ file, line, reason }) => ({
          level: "note",
          message: { text: `Not parsed, and only looked through by lines: ${reason}` },
          locations: [location(file, line)],
        })),
      },
    ],
    results: report.findings.map(({ rule, file, line, field, why, remedy }, index) => ({
      ruleId: rule,
      ruleIndex: ALL.findIndex(({ id }) => id === rule),
      level: "error",
      message: { text: `${field}: ${why}. Remedy: ${remedy}.` },
      locations: [location(file, line)],
      partialFingerprints: { "cnpgCredentialsAudit/v1": named[index] },
    })),
  };
  return JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, undefined, 2);
}

function describe({ id, title, fires, why, remedy }: RuleText) {
  const text = `Fires on: ${fires}.\nWhy: ${why}.\nRemedy: ${remedy}.`;
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${fires}.` },
    help: { text, markdown: `**Fires on:** ${fires}.\n\n**Why:** ${why}.\n\n**Remedy:** ${remedy}.` },
    defaultConfiguration: { level: "error" },
    properties: {
      tags: ["security"],
      precision: "high",
      "problem.severity": "error",
      "security-severity": id.startsWith("literal") ? "8.0" : "5.0",
    },
  };
}
