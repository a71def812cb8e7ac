/** As far as it says which Secret it writes. */
export interface LiveExternalSecret {
  metadata: { name: string };
  spec?: { target?: { name?: string; creationPolicy?: string } };
}

/** External Secrets' API, in the version that it serves since 0.16. */
export const EXTERNAL_SECRETS = {
  group: "external-secrets.io",
  version: "v1",
  plural: "externalsecrets",
  from: "External Secrets 0.16 or later",
} as const;

/** Those that write a Secret, and which. */
export function writers(externalSecrets: readonly LiveExternalSecret[]): { name: string; target: string }[] {
  return externalSecrets
    .filter(({ spec }) => spec?.target?.creationPolicy !== "None")
    .map(({ metadata: { name }, spec }) => ({ name, target: spec?.target?.name ?? name }));
}

/** What kubectl is told to remove an ExternalSecret and leave the Secret, which may belong to it, as it is. */
export function releaseCommands(namespace: string, name: string): [retain: string, remove: string] {
  const patch = JSON.stringify({ spec: { target: { deletionPolicy: "Retain" } } });
  return [
    `patch -n ${namespace} externalsecrets.external-secrets.io ${name} --type=merge -p '${patch}'`,
    `delete -n ${namespace} externalsecrets.external-secrets.io ${name} --cascade=orphan`,
  ];
}
