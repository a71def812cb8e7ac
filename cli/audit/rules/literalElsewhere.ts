import type { Rule } from "./rule";

export const literalElsewhere: Rule = {
  id: "literal-elsewhere",
  title: "Credential elsewhere",
  level: "error",
  region: "elsewhere",
  fires: "a literal anywhere else: annotations, fields of custom resources, other YAML and JSON, and what could not be parsed",
  why: "every reader of the repository has it, in every revision",
  remedy: "refer to a Secret that its authority makes; replace the value, which has been in the repository",
};
