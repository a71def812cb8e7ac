import { at, entriesOf, textAt, type Node } from "../nodes";

/** What is no manifest, though it is YAML: nothing of it is deployed. */
export type Nature = "tests of a chart" | "a linter's rule" | "a recording" | "a schema";

/** What a document is that has another reader than Kubernetes. */
export function natureOf(root: Node, file: string): Nature | undefined {
  if (root.kind !== "mapping") return undefined;
  const has = (...keys: readonly string[]) => keys.every((key) => at(root, key) !== undefined);
  // helm-unittest, and chart-testing's relatives
  if (has("tests") && (has("suite") || has("templates") || /(?:^|\/)tests?\/.*_test\.ya?ml$/.test(file))) return "tests of a chart";
  // Vale's styles, Semgrep's and Spectral's rules
  if (has("extends", "message") && (has("tokens") || has("swap") || has("match") || has("scope") || has("level"))) return "a linter's rule";
  if (has("rules") && entriesOf(root).length <= 4 && isRules(at(root, "rules"))) return "a linter's rule";
  // Cassettes of HTTP
  if (has("interactions") && (has("version") || has("http_interactions") || has("recorded_with"))) return "a recording";
  if (/json-schema\.org|openapi/.test(textAt(root, "$schema") ?? "") && (has("properties") || has("$defs") || has("definitions")))
    return "a schema";
  return has("openapi", "paths") || has("swagger", "paths") ? "a schema" : undefined;
}

function isRules(rules: Node | undefined): boolean {
  const [first] = rules?.kind === "sequence" ? rules.items : entriesOf(rules).map(({ value }) => value);
  const has = (key: string) => at(first, key) !== undefined;
  return has("message") && (has("pattern") || has("patterns") || has("given") || has("regex") || has("languages"));
}
