import { distinct } from "../shared/sort";

const SECRET_FIELD = /(secret|secrets|secretRef|secretKeyRef|secretName)$/i;

/** A Secret that an object refers to, with the keys that it names. */
export interface SecretReference {
  readonly name: string;
  readonly keys: readonly string[];
}

/**
 * The Secrets that a specification of Kubernetes' or CloudNativePG's refers to: by a field that
 * says so (`secretName`, `imagePullSecrets`, `passwordSecret`), or by a selector, which has a name
 * and a key, and is not of a ConfigMap.
 */
export function secretReferences(spec: unknown): SecretReference[] {
  const found = new Map<string, Set<string>>();
  const note = (name: unknown, key?: unknown) => {
    if (typeof name !== "string" || name === "") return;
    const keys = found.get(name) ?? new Set();
    if (typeof key === "string") keys.add(key);
    found.set(name, keys);
  };
  const walk = (value: unknown, field: string) => {
    if (/configmap/i.test(field)) return;
    const isSecret = SECRET_FIELD.test(field);
    if (typeof value === "string") return void (isSecret && note(value));
    if (Array.isArray(value)) return void value.forEach((one) => walk(one, field));
    if (typeof value !== "object" || value === null) return;
    const { name, key } = value as Record<string, unknown>;
    if (isSecret || typeof key === "string") note(name, key);
    for (const [inner, of] of Object.entries(value)) walk(of, inner);
  };
  walk(spec, "");
  return distinct(found.keys()).map((name) => ({ name, keys: distinct(found.get(name)!) }));
}
