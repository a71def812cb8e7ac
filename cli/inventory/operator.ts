import { authoritySecret, CA_KEY } from "../../catalog/authorities";
import { OPERATOR_SECRETS, operatorSecrets } from "../../catalog/names";
import type { Scope } from "./scope";
import type { InventoryKey, InventorySecret } from "./types";

type Suffix = (typeof OPERATOR_SECRETS)[number];
interface OperatorSecret extends Pick<InventorySecret, "type" | "purpose" | "keys"> {
  readonly consumers: (scope: Scope) => string[];
  readonly policy: string;
  /** Whether a stack has it from the start. @default always */
  readonly when?: (scope: Scope) => boolean;
  /** When it is there all the same. */
  readonly atTimes?: string;
}

const plain = (...names: string[]): InventoryKey[] => names.map((name) => ({ name, origin: "plain" }));
const secret = (...names: string[]): InventoryKey[] => names.map((name) => ({ name, origin: "operator" }));

/** CloudNativePG's `specs.CreateSecret`. */
const LOGIN = [
  ...plain("username", "user", "dbname", "host", "port"),
  ...secret("password", "pgpass", "uri", "jdbc-uri", "fqdn-uri", "fqdn-jdbc-uri"),
];
/** CloudNativePG's `KeyPair.GenerateCertificateSecret`. */
const CERTIFICATE = { type: "kubernetes.io/tls", keys: [...plain("tls.crt"), ...secret("tls.key")] };
const RENEWED = "CloudNativePG renews it before it expires (90 days, unless the operator is set otherwise)";

const instances = ({ stack: { namespace, cluster } }: Scope) => `Cluster ${namespace}/${cluster.name} (its instances)`;

/** What CloudNativePG 1.30 makes for a Cluster: its `cluster_create.go` and `cluster_pki.go`. */
const SECRETS: Readonly<Record<Suffix, OperatorSecret>> = {
  app: {
    type: "kubernetes.io/basic-auth",
    purpose: "the login of the role app, which CloudNativePG makes where no service is the owner of the first database",
    keys: LOGIN,
    consumers: () => [],
    policy: "CloudNativePG alone writes it",
    when: ({ services }) => !services.some(({ bootstrapOwner }) => bootstrapOwner),
  },
  superuser: {
    type: "kubernetes.io/basic-auth",
    purpose: "the login of postgres, for maintenance and emergencies; never an application's",
    keys: LOGIN,
    consumers: () => ["people, in an emergency"],
    policy: "CloudNativePG alone writes it; it goes with `cluster.superuserAccess: disabled`",
    when: ({ stack }) => stack.cluster.superuserAccess === "enabled",
  },
  ca: {
    type: "Opaque",
    purpose: "the authority of the certificates that Postgres accepts: replicas' and Poolers'",
    keys: [...plain("ca.crt"), ...secret("ca.key")],
    consumers: (scope) => [instances(scope)],
    policy: RENEWED,
  },
  server: {
    ...CERTIFICATE,
    purpose: "the certificate that Postgres shows its clients",
    consumers: (scope) => [instances(scope)],
    policy: RENEWED,
  },
  replication: {
    ...CERTIFICATE,
    purpose: "the certificate that replicas log in to the primary with",
    consumers: (scope) => [instances(scope)],
    policy: RENEWED,
  },
  pooler: {
    ...CERTIFICATE,
    purpose: "the certificate that Poolers look passwords up with",
    consumers: ({ stack, services }) =>
      services.flatMap(({ pooler }) => (pooler === undefined ? [] : [`Pooler ${stack.namespace}/${pooler}`])),
    policy: RENEWED,
    when: ({ services }) => services.some(({ pooler }) => pooler !== undefined),
    atTimes: "CloudNativePG makes it for the Poolers of the Cluster",
  },
};

/** The Secrets that CloudNativePG makes by itself for the stack's Cluster. */
export function clusterSecrets(scope: Scope): InventorySecret[] {
  const { namespace, cluster } = scope.stack;
  // Of one that is somebody else's, they are that one's.
  if (cluster.existing) return [];
  return named(scope).flatMap(([name, { type, purpose, keys, consumers, policy, when }]): InventorySecret[] =>
    when?.(scope) === false
      ? []
      : [
          {
            namespace,
            name,
            ...(type === undefined ? {} : { type }),
            purpose,
            keys,
            owner: cluster.name,
            ownerKind: "cluster",
            origins: ["operator"],
            authority: "CloudNativePG",
            producer: { kind: "Cluster", object: `${namespace}/${cluster.name}` },
            consumers: consumers(scope),
            rotation: { policy },
            checks: [],
          },
        ],
  );
}

/** Those that it makes when somebody asks it to. */
export function clusterSecretsAtTimes(scope: Scope): { name: string; why: string }[] {
  const poolers = scope.services.flatMap(({ pooler }) => (pooler === undefined ? [] : [pooler]));
  if (scope.stack.cluster.existing) return [];
  return [
    ...named(scope).flatMap(([name, { when, atTimes }]) =>
      atTimes !== undefined && when?.(scope) === false ? [{ name, why: atTimes }] : [],
    ),
    ...[scope.stack.cluster.name, ...poolers].map((of) => ({
      name: `${of}-pull`,
      why: "CloudNativePG copies there what it pulls its own image with",
    })),
  ];
}

function named({ stack }: Scope): [name: string, secret: OperatorSecret][] {
  const names = operatorSecrets(stack.cluster.name);
  return OPERATOR_SECRETS.map((suffix, index) => [names[index]!, SECRETS[suffix]]);
}

/** The authority that CloudNativePG is given for the server's certificate, where it is not its own. */
export function givenAuthority({ stack }: Scope): InventorySecret[] {
  const { namespace, cluster, tls } = stack;
  if (tls.authorities.every((one) => one === "operator")) return [];
  return [
    {
      namespace,
      name: authoritySecret(cluster.name),
      type: "Opaque",
      purpose: "the authority that CloudNativePG signs the certificate with which Postgres shows itself",
      keys: [
        { name: CA_KEY, origin: "plain" },
        { name: "ca.key", origin: "generated" },
      ],
      owner: cluster.name,
      ownerKind: "cluster",
      origins: ["generated"],
      authority: `the state of stack ${stack.name}`,
      producer: { kind: "Pulumi" },
      consumers: [`Cluster ${namespace}/${cluster.name}`],
      rotation: { policy: "good for five years; replaced by two changes of `tls.authorities` (docs/runbooks/tls.md)" },
      checks: ["drift"],
    },
  ];
}
