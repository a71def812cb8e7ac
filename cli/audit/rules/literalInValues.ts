import type { Rule } from "./rule";

export const literalInValues: Rule = {
  id: "literal-in-values",
  title: "Credential in Helm values",
  level: "error",
  region: "values",
  fires: "a literal in a chart's values, or in the values of an Argo CD Application, a HelmRelease or a HelmChart",
  why: "it is in the repository and in Helm's release Secret, and the chart makes a Secret of it that nobody owns",
  remedy: "use the chart's `existingSecret`; replace the value, which has been in the repository",
};
