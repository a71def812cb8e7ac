import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CA_KEY } from "../catalog/authorities";
import { proofJob as proofJobName } from "../catalog/names";
import { CONTAINER_SECURITY, podAccount, podMetadata, podPlacement, podResources, podSecurity, PROOF_NEEDS } from "../catalog/ownPods";
import { RIGHTS, type ProfileRights } from "../catalog/profiles";
import type { Service } from "../catalog/service";
import type { RotationConfig } from "../config/schema";
import { metadata, podLabels, serviceHost, type Place } from "./metadata";
import type { InstancePlacement } from "./postgresCluster";
import { PROFILE_SCRIPT } from "./profileScript";
import { PROOF_SCRIPT } from "./proofScript";
import { guestsOf } from "./roles";
import type { RoleLogin } from "./roleLogin";

/** What of a Cluster a proof goes by. */
export interface ProvingCluster {
  name: pulumi.Input<string>;
  image?: pulumi.Input<string>;
  imagePullPolicy?: string;
  imagePullSecrets: readonly string[];
  placement: Pick<InstancePlacement, "nodeSelector" | "tolerations">;
  /** Its own lines of pg_hba.conf, whose logins keep the right to connect. @default none */
  pgHba?: readonly string[];
}

/** How a credential is proven. */
export type ProofConfig = Omit<RotationConfig["proof"], "image"> & { image?: pulumi.Input<string> };

export interface ProofArgs {
  service: Service;
  place: Place;
  cluster: ProvingCluster;
  /** The ConfigMap with the authorities that Postgres is proven by. */
  authority: pulumi.Input<string>;
  config: ProofConfig;
  /** The credential to prove. Another password is another proof. */
  login: RoleLogin;
  /**
   * For a profile: the logins of its database's owner, one of which gives it its rights.
   * @default none
   */
  givers?: readonly RoleLogin[];
  /** Resolved once CloudNativePG has applied its password. */
  accepted: pulumi.Output<unknown>;
  /** What holds should the proof fail, and what to do. Part of the message. */
  consequence: string;
  /** Whether a database in which the application would not work fails the proof, or is only told of. */
  needs: "required" | "told";
}

/** The variable with what tells one password from the next. */
const PASSWORD_ID = "PASSWORD_ID";

/** How long an image may take to come. */
const IMAGE_PULL_SECONDS = 300;

/** How long an `up` waits for the proof, as Go writes durations. */
export function proofTimeout({ seconds }: Pick<ProofConfig, "seconds">): string {
  return `${seconds + IMAGE_PULL_SECONDS + 60}s`;
}

/**
 * The way through a Pooler, as libpq takes it. It shows the Cluster's certificate, in which its name
 * is, unless it may do without TLS. PgBouncer knows no channel binding.
 */
function throughPooler(pooler: string, mode: string, place: Place): pulumi.Input<string> {
  return pulumi.interpolate`host=${serviceHost(pooler, place)} channel_binding=disable${mode === "prefer" ? " sslmode=prefer sslrootcert=''" : ""}`;
}

/**
 * The proof of a credential: a Job that logs in with it once, from within the cluster, as the
 * application will: its host name, its database, TLS with the server proven, and the owner's
 * rights; and through the service's Pooler, where it has one. It fails the `up` when it fails, with
 * what Postgres said, and the next `up` makes it again (`replaceUnready`). A password that has been
 * proven is not proven again, unless what proves it (image, labels) is changed. What is left of it
 * is the record of when that was.
 */
export function proofJob(args: ProofArgs): k8s.batch.v1.JobArgs {
  const { service, place, cluster, config } = args;
  const own = metadata(place, proofJobName(service.name), {
    service: service.name,
    annotations: { "pulumi.com/replaceUnready": "true" },
  });
  return {
    metadata: own,
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: config.seconds + IMAGE_PULL_SECONDS,
      template: {
        metadata: podMetadata(place.pods, { ...own.labels, ...podLabels("proof", place) }, place.annotations),
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...podAccount(place.pods),
          ...podPlacement(place.pods, { imagePullSecrets: cluster.imagePullSecrets, ...cluster.placement }),
          securityContext: podSecurity(place.pods, PROOF_NEEDS),
          containers: [container(args)],
          volumes: [{ name: "authority", configMap: { name: args.authority, items: [{ key: CA_KEY, path: CA_KEY }] } }],
        },
      },
    },
  };
}

/**
 * The password that a registered proof is of. A proof that `--target` does not name is the former
 * one. Only a proof that has succeeded is one: the state also has proofs that an `up` has given up
 * waiting for, with the status of a Job under way.
 */
export function provenPassword({ spec, status }: Pick<k8s.batch.v1.Job, "spec" | "status">): pulumi.Output<string | undefined> {
  return pulumi.all([spec, status] as const).apply(([made, ended]) => {
    const [proof] = (made as typeof made | undefined)?.template.spec?.containers ?? [];
    // The API server gives every Job a status. Mocks of somebody's unit tests give it none.
    const hasSucceeded = (ended as typeof ended | undefined) === undefined || (ended.succeeded ?? 0) > 0;
    return hasSucceeded ? proof?.env?.find(({ name }) => name === PASSWORD_ID)?.value : undefined;
  });
}

/** Variables with a name a line, where there are any. */
function namesOf(all: Readonly<Record<string, readonly string[]>>): { name: string; value: string }[] {
  return Object.entries(all).flatMap(([name, names]) => (names.length === 0 ? [] : [{ name, value: names.join("\n") }]));
}

const fromSecret = ({ secret }: RoleLogin, key: string) => ({ valueFrom: { secretKeyRef: { name: secret.metadata.name, key } } });

/** Variables of the proof of a service, whose logins work as the owner, as a migrator's do. */
function ofOwner({ service, cluster, needs }: ProofArgs): k8s.types.input.core.v1.EnvVar[] {
  return [
    { name: "OWNER", value: service.profile?.owner ?? service.role },
    { name: "GUESTS", value: guestsOf(service.database, cluster.pgHba ?? []).join("\n") },
    { name: "NEEDS", value: needs },
    ...namesOf({
      EXTENSIONS: service.extensions.map(({ name }) => name),
      SCHEMAS: service.schemas,
      FOREIGN_OWNERS: service.foreignOwners,
    }),
  ];
}

/** Variables of the proof of a profile, to which the owner gives rights first. */
function ofProfile({ service, needs, givers = [] }: ProofArgs, { tables, sequences }: ProfileRights): k8s.types.input.core.v1.EnvVar[] {
  return [
    { name: "OWNER", value: service.profile!.owner },
    { name: "PROFILE", value: service.role },
    { name: "NEEDS", value: needs },
    ...namesOf({ TABLES: tables, SEQUENCES: sequences }),
    ...givers.flatMap((giver, index) => {
      const name = GIVERS[index]!;
      return [
        { name: `${name}_USER`, ...fromSecret(giver, "username") },
        { name: `${name}_PASSWORD`, ...fromSecret(giver, "password") },
      ];
    }),
  ];
}

/** The owner's logins, as the script calls them: there are two where they take turns. */
const GIVERS = ["FIRST", "SECOND"] as const;

function container(args: ProofArgs): k8s.types.input.core.v1.Container {
  const { service, place, cluster, config, login, accepted, consequence } = args;
  const rights = service.profile && RIGHTS[service.profile.kind];
  const image = config.image ?? cluster.image;
  return {
    name: "proof",
    ...(image === undefined ? {} : { image }),
    ...(cluster.imagePullPolicy === undefined ? {} : { imagePullPolicy: cluster.imagePullPolicy }),
    command: ["sh", "-c", rights === undefined ? PROOF_SCRIPT : PROFILE_SCRIPT],
    env: [
      { name: "PGHOST", value: serviceHost(pulumi.interpolate`${cluster.name}-rw`, place) },
      { name: "PGDATABASE", value: service.database },
      { name: "PGUSER", ...fromSecret(login, "username") },
      { name: "PGPASSWORD", ...fromSecret(login, "password") },
      { name: "PGSSLMODE", value: "verify-full" },
      { name: "PGSSLROOTCERT", value: `/authority/${CA_KEY}` },
      // Whatever answers never gets the password itself, and has to know the role's verifier. Clients before libpq 16 do not know the first one.
      { name: "PGREQUIREAUTH", value: "scram-sha-256" },
      { name: "PGCHANNELBINDING", value: "require" },
      { name: "PGCONNECT_TIMEOUT", value: "5" },
      { name: "PGAPPNAME", value: "cnpg-credentials-proof" },
      // CloudNativePG's Poolers, which cannot pass it on, take no notice of it.
      { name: "PGOPTIONS", value: "-c search_path=pg_catalog" },
      { name: "SERVICE", value: service.name },
      { name: "ROLE", value: login.role },
      ...(rights === undefined ? ofOwner(args) : ofProfile(args, rights)),
      ...(service.pooler === undefined ? [] : [{ name: "POOLER", value: throughPooler(service.pooler, service.tls.mode, place) }]),
      { name: "SECONDS_TO_TRY", value: String(config.seconds) },
      { name: "CONSEQUENCE", value: consequence },
      // What makes it another Job when it is another password.
      { name: PASSWORD_ID, value: pulumi.all([login.passwordId, accepted]).apply(([id]) => id) },
    ],
    resources: podResources(place.pods, PROOF_NEEDS.resources),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [{ name: "authority", mountPath: "/authority", readOnly: true }],
  };
}
