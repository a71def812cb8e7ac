import { violation, type ResourceRule } from "../rule";
import { UNKNOWN } from "../values";

const PROVIDER = "pulumi:providers:kubernetes";

export const secretMutableProvider: ResourceRule = {
  name: "secret-mutable-provider",
  description: "Every Kubernetes provider changes Secrets in place (`enableSecretMutable`).",
  level: "mandatory",
  concerns: (type) => type === PROVIDER,
  check: (resource) => {
    const { enableSecretMutable } = resource.props;
    // The engine hands a provider its settings as text.
    if (enableSecretMutable === UNKNOWN || enableSecretMutable === true || enableSecretMutable === "true") return [];
    const why = "deletes a Secret that changes, and makes it anew: in between, CloudNativePG and applications find it missing";
    const remedy = resource.name.startsWith("default_")
      ? "it is the default one: give every Kubernetes resource the program's own with `provider` or `providers`"
      : "set `enableSecretMutable: true` on it";
    return [violation(resource, why, remedy)];
  },
};
