import type { Rule } from "./rule";

export const literalInConfigMap: Rule = {
  id: "literal-in-config-map",
  title: "Credential in a ConfigMap",
  level: "error",
  region: "config-map",
  fires: "a literal in a ConfigMap, in a file inside it too, or in a `configMapGenerator`",
  why: "ConfigMaps are read by everybody who may look at workloads, and are not encrypted at rest",
  remedy: "move it to a Secret that its authority makes, and refer to it from the file; replace the value",
};
