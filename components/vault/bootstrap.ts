import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { auditDevices } from "../../config/auditDevices";
import type { VaultConfig } from "../../config/schema";
import { kubernetesAuth, type VaultAccess } from "../../vault/access";
import type { BootstrapConfiguration, FixtureValues } from "../../vault/bootstrap/configuration";
import { EXIT } from "../../vault/bootstrap/errors";
import { bundleBootstrap } from "../bundle";
import { encode } from "../encode";
import { metadata, type Placement } from "../metadata";
import { shippedFiles } from "../shippedProgram";
import { BOOTSTRAP_SECONDS, bootstrapPod, bootstrapProgram } from "./bootstrapPod";
import type { VaultEndpoint } from "./endpoint";
import type { FixtureOutputs } from "./fixtureValues";
import {
  BOOTSTRAP,
  claimName,
  FIXTURES_KEY,
  FIXTURES_SECRET,
  KEYS_SECRET,
  podAddress,
  podName,
  tlsSecret,
  type DeployedVault,
} from "../../vault/names";

export interface VaultBootstrapArgs {
  /** It keeps Vault's unseal key and root token in the cluster: nowhere else may that be. */
  environment: "dev";
  config: VaultConfig;
  server: DeployedVault;
  /** How the image of the program is got. */
  image: Extract<VaultConfig["configuration"], { by: "cronJob" }>;
  vault: VaultEndpoint;
  /** In Vault's namespace. */
  place: Placement;
  access: VaultAccess;
  fixtures: FixtureOutputs;
}

/** How long a first run may take: images have to come, and a volume. */
const FIRST_RUN_SECONDS = 600;

/**
 * What brings dev's Vault up and keeps it so: the CronJob `foundation-vault-bootstrap` initialises and unseals it, sets it up and writes the fixtures, every minute. An `up`
 * does not wait for the next minute: one run of the same is part of it, for each configuration, and an `up` whose run fails says why.
 */
export class VaultBootstrap extends pulumi.ComponentResource {
  /** There when Vault is as configured. */
  readonly firstRun: k8s.batch.v1.Job;

  constructor(name: string, args: VaultBootstrapArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:VaultBootstrap", name, {}, opts);
    const { place, server, vault } = args;
    if ((args.environment as string) !== "dev")
      throw new Error(`${BOOTSTRAP} keeps Vault's unseal key and root token in the cluster, and this is ${String(args.environment)}`);
    const child = { parent: this };
    const own = (object: string) => metadata(place, object);
    const shipped = bootstrapProgram({ "bootstrap.cjs": bundleBootstrap(), "configuration.json": JSON.stringify(configurationOf(args)) });

    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: own(BOOTSTRAP), automountServiceAccountToken: false },
      child,
    );
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata: own(BOOTSTRAP), rules: rules(server) }, child);
    const binding = new k8s.rbac.v1.RoleBinding(
      `${name}-binding`,
      {
        metadata: own(BOOTSTRAP),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: place.namespace }],
      },
      child,
    );
    const files = new k8s.core.v1.ConfigMap(`${name}-program`, shippedFiles(own(BOOTSTRAP), shipped), child);
    const values = new k8s.core.v1.Secret(
      `${name}-fixtures`,
      {
        metadata: own(FIXTURES_SECRET),
        data: knownFixtures(args.fixtures).apply((known) => encode({ [FIXTURES_KEY]: JSON.stringify(known) })),
      },
      child,
    );
    const pod = bootstrapPod({ image: args.image, program: shipped, caSecret: tlsSecret(server), fixtures: FIXTURES_SECRET, place });
    const dependsOn = [binding, files, values, ...vault.ready];
    // A Job's pods cannot be changed: what changes them is another Job. The fixtures' values do not: they are secret, and the next minute's run writes them.
    const version = createHash("sha256").update(JSON.stringify(pod)).digest("hex").slice(0, 8);
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: own(BOOTSTRAP),
        spec: {
          schedule: "* * * * *",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 30,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 1,
          jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: BOOTSTRAP_SECONDS, template: pod } },
        },
      },
      { parent: this, dependsOn },
    );
    this.firstRun = new k8s.batch.v1.Job(
      `${name}-first-run`,
      {
        metadata: metadata(place, `${BOOTSTRAP}-${version}`, { annotations: { "pulumi.com/replaceUnready": "true" } }),
        spec: { backoffLimit: 10, activeDeadlineSeconds: FIRST_RUN_SECONDS, podFailurePolicy: FAIL_AT_ONCE, template: pod },
      },
      { parent: this, dependsOn, customTimeouts: { create: `${FIRST_RUN_SECONDS + 60}s` } },
    );
    this.registerOutputs();
  }
}

/** Trying again is of no use where somebody has to decide. */
const FAIL_AT_ONCE: k8s.types.input.batch.v1.PodFailurePolicy = {
  rules: [{ action: "FailJob", onExitCodes: { containerName: "bootstrap", operator: "In", values: [EXIT.decide] } }],
};

function configurationOf({ config, server, environment, access }: VaultBootstrapArgs): BootstrapConfiguration {
  return {
    environment,
    address: podAddress(server, 0),
    secret: KEYS_SECRET,
    storage: { claim: claimName(server, 0), pod: podName(server, 0) },
    mounts: access.mounts,
    fixtureMount: config.mount,
    audit: auditDevices(config.audit),
    kubernetes: kubernetesAuth(config, access),
    policies: access.policies,
  };
}

/** Nothing but the objects it has to do with, each by its name. */
function rules(server: DeployedVault): k8s.types.input.rbac.v1.PolicyRule[] {
  return [
    // A name cannot be demanded of what is only being created.
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: [KEYS_SECRET], verbs: ["get", "update"] },
    { apiGroups: [""], resources: ["persistentvolumeclaims"], resourceNames: [claimName(server, 0)], verbs: ["get", "delete"] },
    { apiGroups: [""], resources: ["pods"], resourceNames: [podName(server, 0)], verbs: ["delete"] },
  ];
}

function knownFixtures(fixtures: FixtureOutputs): pulumi.Output<FixtureValues> {
  return pulumi.secret(pulumi.output(fixtures));
}
