import { stringify } from "yaml";
import type { Grant, Purpose, Rule } from "./rights";

/** Who is given the rights. */
export interface Subject {
  readonly kind: "ServiceAccount" | "User" | "Group";
  readonly name: string;
  readonly namespace?: string;
}

const GROUP = "rbac.authorization.k8s.io";

/** A Role with its binding for each namespace, a ClusterRole with its own for the cluster. */
export function manifestsOf(stack: string, purpose: Purpose, grants: readonly Grant[], subject: Subject): object[] {
  const name = roleName(stack, purpose);
  const apiVersion = `${GROUP}/v1`;
  const who = subject.kind === "ServiceAccount" ? subject : { ...subject, apiGroup: GROUP };
  return grants
    .filter(({ rules }) => rules.length > 0)
    .flatMap(({ namespace, rules }) => {
      const kind = namespace === undefined ? "ClusterRole" : "Role";
      const metadata = {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { "app.kubernetes.io/part-of": "cnpg-credentials" },
      };
      return [
        { apiVersion, kind, metadata, rules: rules.map(inOrder) },
        { apiVersion, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: GROUP, kind, name }, subjects: [who] },
      ];
    });
}

export function roleName(stack: string, purpose: Purpose): string {
  return `cnpg-credentials-${stack}-${purpose}`;
}

function inOrder({ apiGroups, resources, resourceNames, verbs }: Rule): Rule {
  return { apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }), verbs };
}

const SAID: Readonly<Record<Purpose, string>> = {
  up: `What \`up\` needs. Objects are changed and removed by name alone. Kubernetes knows no name of what
is created, nor in a list; and who removes an object lists those of its kind until it is gone, which
with Secrets is to read all of the namespace. The name of an instance has a number that grows: a
port-forward is to any pod of the namespace. Without it, the first \`up\` of a role cannot see what is
there already, and says so.`,
  preview: `What a preview needs: to read, and no list of Secrets. It decrypts the state for all that.`,
  drift: `What \`status\`, \`drift\` and \`smoke\` need: to read, to log in to Postgres and to ask Vault
through a port-forward. In the namespace of Postgres it is to any pod: the name of an instance has a
number that grows.`,
};

/** For kubectl, with what it is at the top. */
export function render(stack: string, purpose: Purpose, grants: readonly Grant[], subject: Subject): string {
  const about = [`Rights for stack ${stack}, made by \`cnpg-credentials rbac --stack ${stack} --for ${purpose}\`.`, SAID[purpose]];
  const head = about.flatMap((text) => text.split("\n")).map((line) => `# ${line}\n`);
  return (
    head.join("") +
    manifestsOf(stack, purpose, grants, subject)
      .map((object) => `---\n${stringify(object, { lineWidth: 0 })}`)
      .join("")
  );
}

/**
 * `Kind:name`, of a ServiceAccount `ServiceAccount:namespace/name`; `undefined` where it is none.
 */
export function readSubject(text: string): Subject | undefined {
  const [, kind, name] = /^(User|Group|ServiceAccount):(\S+)$/.exec(text) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  if (kind !== "ServiceAccount") return { kind: kind as Subject["kind"], name };
  const [, namespace, account] = /^([-a-z0-9]+)\/([-a-z0-9.]+)$/.exec(name) ?? [];
  return namespace === undefined || account === undefined ? undefined : { kind, name: account, namespace };
}
