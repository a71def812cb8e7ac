import type { AuditReport } from ".";
import type { Place } from "../../manifests/objects/types";
import type { RuleText } from "./finding";
import { ALL_RULES } from "./render";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
/** Places of one cause that code scanning shows beside the first. */
const MOST_RELATED = 20;
const PRECISION = { error: "very-high", warning: "high", note: "low" } as const;
const SEVERITY = { error: "8.0", warning: "5.0", note: "2.0" } as const;

/**
 * The report in SARIF 2.1.0, as GitHub's code scanning takes it: each rule with its help, each finding with its place and a fingerprint that stays when lines move.
 * @param pathOf A file's path from its repository's root, which code scanning looks for it by
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function renderSarif(report: AuditReport, pathOf: (file: string) => string = (file) => file): string {
  const location = (file: string, line: number) => ({
    physicalLocation: {
      artifactLocation: { uri: pathOf(file).split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
      region: { startLine: line },
    },
  });
  const related = ({ file, line, field }: Place, index: number) => ({ id: index + 1, message: { text: field }, ...location(file, line) });
  const run = {
    tool: { driver: { name: "cnpg-credentials audit", semanticVersion: "0.1.0", rules: ALL_RULES.map(describe) } },
    automationDetails: { id: "cnpg-credentials-audit/" },
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
    results: report.findings.map(({ rule, level, file, line, field, why, remedy, fingerprint, also }) => ({
      ruleId: rule,
      ruleIndex: ALL_RULES.findIndex(({ id }) => id === rule),
      level,
      message: { text: `${field}: ${why}. Remedy: ${remedy}.` },
      locations: [location(file, line)],
      partialFingerprints: { "cnpgCredentialsAudit/v2": fingerprint },
      ...(also.length === 0 ? {} : { relatedLocations: also.slice(0, MOST_RELATED).map(related) }),
    })),
  };
  return JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, undefined, 2);
}

function describe({ id, title, level, fires, why, remedy }: RuleText) {
  const text = `Fires on: ${fires}.\nWhy: ${why}.\nRemedy: ${remedy}.`;
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${fires}.` },
    help: { text, markdown: `**Fires on:** ${fires}.\n\n**Why:** ${why}.\n\n**Remedy:** ${remedy}.` },
    defaultConfiguration: { level },
    properties: {
      tags: ["security"],
      precision: PRECISION[level],
      "problem.severity": level === "note" ? "recommendation" : level,
      "security-severity": SEVERITY[level],
    },
  };
}
