import { bundles, catalogue } from "../records";
import { databaseSecrets } from "../../catalog/names";
import { BUNDLE_LABEL, SERVICE_LABEL } from "../../kube/marks";
import { isKind, objectName, type Resource } from "../resource";
import { violation, type ResourceRule, type Violation } from "../rule";
import { EXTERNAL_SECRETS } from "../../kube/kinds/groups";
import { text } from "../values";

const AUTONAMED = "pulumi.com/autonamed";

export const names: ResourceRule = {
  name: "names",
  description: "Secrets have the names that their owner's record gives them.",
  level: "advisory",
  concerns: (type) => isKind({ type }, "core", "Secret") || isKind({ type }, EXTERNAL_SECRETS.group, "ExternalSecret"),
  check: (resource) => {
    if (text(resource.props, "metadata", "annotations", AUTONAMED) === "true")
      return [violation(resource, "has a name that Pulumi made up: applications find it under no name that they could know", NAME_IT)];
    return isKind(resource, "core", "Secret") ? checkSecret(resource) : checkExternalSecret(resource);
  },
};

const NAME_IT = "set `metadata.name`";

/** One with a service's label. Those without belong to Vault and to what sets it up. */
function checkSecret(resource: Resource): Violation[] {
  const service = text(resource.props, "metadata", "labels", SERVICE_LABEL);
  if (service === undefined) return [];
  const record = catalogue.find(({ name }) => name === service);
  if (record === undefined) return [unknownOwner(resource, "service", service)];
  const own = databaseSecrets(record);
  return own.includes(objectName(resource) ?? "")
    ? []
    : [
        violation(
          resource,
          `is labelled as ${service}'s, whose Secrets are ${own.join(", ")}`,
          "give it the name of the record, or the record its name (`secret`)",
        ),
      ];
}

function checkExternalSecret(resource: Resource): Violation[] {
  const label = (name: string) => text(resource.props, "metadata", "labels", name);
  const [service, bundle] = [label(SERVICE_LABEL), label(BUNDLE_LABEL)];
  const owner = service ?? bundle;
  if (owner === undefined)
    return [
      violation(
        resource,
        `has neither the label ${SERVICE_LABEL} nor ${BUNDLE_LABEL}: it is nobody's`,
        "put it into the `externalSecrets` of a record of catalog/",
      ),
    ];
  const record = service === undefined ? bundles.find(({ name }) => name === owner) : catalogue.find(({ name }) => name === owner);
  if (record === undefined) return [unknownOwner(resource, service === undefined ? "bundle" : "service", owner)];
  const own = (record.externalSecrets ?? []).map(({ name }) => name);
  if (own.includes(objectName(resource) ?? "")) return [];
  return [
    violation(
      resource,
      `is labelled as ${owner}'s, whose record has ${own.length === 0 ? "no ExternalSecrets" : own.join(", ")}`,
      "put it into the `externalSecrets` of its owner's record",
    ),
  ];
}

const unknownOwner = (resource: Resource, kind: string, name: string) =>
  violation(
    resource,
    `is labelled as that of the ${kind} ${name}, which is not in the catalogue`,
    "correct the label, or add a record to catalog/",
  );
