import { OWNER_ANNOTATION, STACK_LABEL } from "../../kube/marks";
import { kindOf } from "../resource";
import { violation, type ResourceRule } from "../rule";
import { at, UNKNOWN } from "../values";

const LABELS = { "app.kubernetes.io/managed-by": "pulumi", "app.kubernetes.io/part-of": "cnpg-credentials" };

/** What the provider makes objects of, whose types look like theirs. */
const NO_OBJECTS = ["yaml", "helm.sh", "kustomize"];

export const ownershipMarks: ResourceRule = {
  name: "ownership-marks",
  description: "Every object says which stack, and which state of it, it belongs to.",
  level: "mandatory",
  concerns: (type) => {
    const kind = kindOf({ type });
    // A patch owns single fields of what is somebody else's.
    return kind !== undefined && !kind.patch && !NO_OBJECTS.includes(kind.group);
  },
  check: (resource) => {
    const { stack, props } = resource;
    const isWrong = ([label, value]: [string, string]) => {
      const found = at(props, "metadata", "labels", label);
      return found !== UNKNOWN && found !== value;
    };
    const labels = Object.entries({ ...LABELS, [STACK_LABEL]: stack }).filter(isWrong);
    const owner = at(props, "metadata", "annotations", OWNER_ANNOTATION);
    const isOwned = owner === UNKNOWN || (typeof owner === "string" && /^[0-9a-f]{16}$/.test(owner));
    const wrong = [
      ...labels.map(([label, value]) => `the label ${label}=${value}`),
      ...(isOwned ? [] : [`the annotation ${OWNER_ANNOTATION}`]),
    ];
    if (wrong.length === 0) return [];
    return [
      violation(
        resource,
        `lacks ${wrong.join(", ")}: it cannot be told from somebody else's, by people, by \`npm run drift\` or by an \`up\` after one that was killed`,
        "make its metadata with `metadata()` of components/metadata.ts",
      ),
    ];
  },
};
