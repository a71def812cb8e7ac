import { BOOTSTRAP, KEYS_SECRET } from "../../vault/names";
import { kindOf, objectName, type Resource } from "../resource";
import { violation, type ResourceRule, type Settings } from "../rule";
import { isObject, UNKNOWN, type Value } from "../values";

const COMPONENT = "cnpg-credentials:index:VaultBootstrap";

export const devBootstrap: ResourceRule = {
  name: "dev-bootstrap",
  description: "What keeps Vault's unseal key and root token in the cluster is in stacks of dev only.",
  level: "mandatory",
  settings: {
    devStacks: { type: "array", description: "Names of the stacks that are dev.", items: { type: "string" } },
  },
  concerns: (type) => type === COMPONENT || kindOf({ type }) !== undefined,
  check(resource, settings) {
    if (devStacks(settings).includes(resource.stack)) return [];
    const what = sign(resource);
    if (what === undefined) return [];
    return [
      violation(
        resource,
        `${what}, and ${resource.stack} is not a dev stack: a reader of the cluster's Secrets could unseal Vault and do everything in it`,
        "set `vault.configuration` to `by: pulumi` and `seal` to a key outside the cluster; see docs/runbooks/vault-ceremony.md",
      ),
    ];
  },
};

function devStacks({ devStacks: names = ["dev"] }: Settings): readonly string[] {
  return names as readonly string[];
}

function sign(resource: Resource): string | undefined {
  if (resource.type === COMPONENT || resource.parents.includes(COMPONENT)) return "is part of dev's bootstrap of Vault";
  const name = objectName(resource);
  if (name === BOOTSTRAP || name?.startsWith(`${BOOTSTRAP}-`)) return `has the name of dev's bootstrap of Vault`;
  return mentions(resource.props, KEYS_SECRET) ? `names the Secret ${KEYS_SECRET}` : undefined;
}

function mentions(value: Value, word: string): boolean {
  if (value === word) return true;
  if (value === UNKNOWN) return false;
  if (Array.isArray(value)) return (value as readonly Value[]).some((one) => mentions(one, word));
  return isObject(value) && Object.values(value).some((one) => mentions(one, word));
}
