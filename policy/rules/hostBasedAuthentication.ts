import { LAST_LINE, openLines } from "../../config/hostBased";
import { visible } from "../../config/visible";
import { CNPG } from "../../kube/kinds/groups";
import { isKind, kindOf, type Resource } from "../resource";
import { violation, type ResourceRule, type Violation } from "../rule";
import { isObject, type Properties } from "../values";

const WHERE = "spec.postgresql.pg_hba";

export const hostBasedAuthentication: ResourceRule = {
  name: "host-based-authentication",
  description:
    "Every line of pg_hba.conf names whom it lets in and where, the last one refuses everybody else, and no superuser logs in over the network.",
  level: "mandatory",
  settings: {
    superuserStacks: { type: "array", items: { type: "string" }, description: "Stacks, by name, whose superuser may have a password." },
  },
  concerns: (type) => kindOf({ type }) !== undefined,
  check: (resource, { superuserStacks }) => {
    if (!isKind(resource, CNPG.group, "Cluster") || !isObject(resource.props.spec)) return [];
    const mayHaveSuperuser = Array.isArray(superuserStacks) && superuserStacks.includes(resource.stack);
    return [...checkSuperuser(resource, resource.props.spec, mayHaveSuperuser), ...checkLines(resource, resource.props.spec)];
  },
};

function checkSuperuser(resource: Resource, spec: Properties, mayHave: boolean): Violation[] {
  if (spec.enableSuperuserAccess !== true || mayHave) return [];
  return [
    violation(
      resource,
      "gives the superuser a password and a Secret, with which everything is reached in every database",
      "disable `cluster.superuserAccess`, or name the stack in `superuserStacks` for as long as it takes",
      "spec.enableSuperuserAccess",
    ),
  ];
}

function checkLines(resource: Resource, spec: Properties): Violation[] {
  const { postgresql } = spec;
  const lines = isObject(postgresql) ? postgresql.pg_hba : undefined;
  // Said later, or by nobody: then the operator's own last line lets everybody in who has a
  // password.
  if (!Array.isArray(lines)) return isObject(postgresql) && "pg_hba" in postgresql ? [] : [open(resource, "has no line of its own")];
  const texts = (lines as unknown[]).filter((line): line is string => typeof line === "string");
  const last = texts.at(-1);
  return [
    ...openLines(texts, spec.enableSuperuserAccess === true).map(({ index, problems }) =>
      violation(
        resource,
        `\`${visible(texts[index]!.replace(/\b(\w+)=\S+/g, "$1=…"))}\` ${problems.join(", ")}`,
        "name databases and logins",
        WHERE,
      ),
    ),
    ...(texts.length === lines.length && last !== LAST_LINE ? [open(resource, `does not end with \`${LAST_LINE}\``)] : []),
  ];
}

function open(resource: Resource, what: string): Violation {
  return violation(resource, `${what}: who is not named is let in by the operator's last line`, `end it with \`${LAST_LINE}\``, WHERE);
}
