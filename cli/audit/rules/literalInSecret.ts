import type { Rule } from "./rule";

export const literalInSecret: Rule = {
  id: "literal-in-secret",
  title: "Credential in a Secret",
  level: "error",
  region: "secret",
  fires:
    "a literal in a Secret's `data` (decoded) or `stringData`, in the template of an ExternalSecret, or in a `secretGenerator` of kustomize",
  why: "every reader of the repository has it, in every revision, and nothing rotates it",
  remedy: "take it out and let the authority make the Secret; replace the value, which has been in the repository",
};
