// The API groups of the operators' kinds, each in the version that this program speaks. They are
// spelled here and nowhere else in the program: an operator's next version is a change of a line.

/** A group of kinds, in one version. */
export interface ApiGroup {
  readonly group: string;
  readonly version: string;
}

/** CloudNativePG. */
export const CNPG = { group: "postgresql.cnpg.io", version: "v1" } as const;
/** External Secrets, which serves this version since 0.16. */
export const EXTERNAL_SECRETS = { group: "external-secrets.io", version: "v1" } as const;
/** Its PushSecrets, which are still of another version. */
export const PUSH_SECRETS = { group: EXTERNAL_SECRETS.group, version: "v1alpha1" } as const;
/** The Prometheus operator. */
export const PROMETHEUS = { group: "monitoring.coreos.com", version: "v1" } as const;
/** Kubernetes' own policies for the network. */
export const NETWORKING = { group: "networking.k8s.io", version: "v1" } as const;
/** Vault Secrets Operator. */
export const VAULT_SECRETS = { group: "secrets.hashicorp.com", version: "v1beta1" } as const;
/** Argo CD, whose objects are in files only. */
export const ARGO_CD = { group: "argoproj.io", version: "v1alpha1" } as const;

/** As an object has it: `postgresql.cnpg.io/v1`. */
export function apiVersion({ group, version }: ApiGroup): string {
  return `${group}/${version}`;
}

/** Where the API server has it: `/apis/postgresql.cnpg.io/v1`. */
export function apiPath(of: ApiGroup): string {
  return `/apis/${apiVersion(of)}`;
}

/** Where the API server has the objects of a kind in a namespace, or one of them. */
export function objectsPath(of: ApiGroup, namespace: string, plural: string, name?: string): string {
  return `${apiPath(of)}/namespaces/${namespace}/${plural}${name === undefined ? "" : `/${name}`}`;
}

/** As kubectl takes a kind for no other group's of the same name: `clusters.postgresql.cnpg.io`. */
export function kubectlKind(plural: string, { group }: Pick<ApiGroup, "group">): string {
  return `${plural}.${group}`;
}

/** As the engine has it: `kubernetes:postgresql.cnpg.io/v1:Cluster`. */
export function pulumiType(of: ApiGroup, kind: string): string {
  return `kubernetes:${apiVersion(of)}:${kind}`;
}
