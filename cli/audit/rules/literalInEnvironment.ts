import type { Rule } from "./rule";

export const literalInEnvironment: Rule = {
  id: "literal-in-environment",
  title: "Credential in environment or arguments",
  level: "error",
  region: "environment",
  fires: "a literal in an `env` value, in `args` or in `command`",
  why: "it is in the repository, in the object and in the process list",
  remedy: "read it from a Secret (`valueFrom.secretKeyRef`); replace the value, which has been in the repository",
};
