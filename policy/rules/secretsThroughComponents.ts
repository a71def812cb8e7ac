import { SECRET_MAKERS } from "../postgres";
import { isKind } from "../resource";
import { violation, type ResourceRule } from "../rule";

const NAMES = SECRET_MAKERS.map((type) => type.split(":").at(-1));

export const secretsThroughComponents: ResourceRule = {
  name: "secrets-through-components",
  description: "Kubernetes Secrets are made by the components of this program, and by nothing else.",
  level: "mandatory",
  concerns: (type) => isKind({ type }, "core", "Secret"),
  check: (resource) =>
    SECRET_MAKERS.includes(resource.parents.at(-1) ?? "")
      ? []
      : [
          violation(
            resource,
            `is made by none of ${NAMES.join(", ")}: nothing says where its value comes from, who may write it, and how it is rotated`,
            "a database's credential belongs in a record of catalog/, a third party's key in its `externalSecrets`",
          ),
        ],
};
