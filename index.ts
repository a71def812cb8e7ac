import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { present, summarise, type StackSummary, type VaultSummary } from "./catalog/outputs";
import { select } from "./catalog/select";
import { poolersProvenByName } from "./catalog/service";
import { ApplicationCredential } from "./components/applicationCredential";
import { CredentialAlerts } from "./components/alerts/credentialAlerts";
import { Databases } from "./components/databases";
import { ManagedRoles } from "./components/managedRoles";
import { Poolers } from "./components/poolers";
import { PostgresCluster } from "./components/postgresCluster";
import { Restarts } from "./components/restarts";
import { RoleLogin } from "./components/roleLogin";
import { droppedRole, hostBasedAuthentication, roleConfigurations } from "./components/roles";
import { loadStack } from "./config/load";
import { refuse } from "./config/refuse";
import { preflight } from "./preflight";
import { AppliedRoles } from "./rotation/applied";
import { isAdopted, planRotations } from "./rotation/plan";

// Stack traces as V8 has them. The SDK takes several of every resource and has each of their frames looked up in a source map: a third of the
// time of a large preview, for nothing, as sucrase leaves every line where it is.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

/**
 * Before 3.208 an engine makes no new password for a new generation and marks the Secret with it all the same; before 3.226 it also makes one that
 * nobody asked for. Pulumi.yaml says the same, which engines from before 3.219 do not read.
 */
const OLDEST_ENGINE = ">=3.226.0";

/**
 * Configuration, the services that are on, the cluster asked. Then passwords and the Secrets of their roles; the Cluster that reads them, its roles and databases;
 * what applications read, once Postgres accepts it; and the restarts of those that were rotated. Last, Vault and what is fetched from it.
 */
export = async (): Promise<StackSummary> => {
  await pulumi.requirePulumiVersion(OLDEST_ENGINE);
  const stack = loadStack();
  const selected = await select(stack);
  if ("problems" in selected) return refuse(`Services of stack ${stack.name}`, selected.problems);

  // Tells this state's objects from those of any other, a lost one of the same name included.
  const state = new random.RandomId("state", { byteLength: 8 }, { protect: stack.cluster.protection === "protected" });
  const owner = pulumi.interpolate`${stack.fullName}/${state.hex}`;
  const services = planRotations(selected.services);
  const { adopted, isCopy, missingNamespaces, session } = await preflight(stack, services, owner, selected);

  const provider = new k8s.Provider("kubernetes", {
    ...(stack.context === undefined ? {} : { context: stack.context }),
    ...(stack.kubeconfig === undefined ? {} : { kubeconfig: stack.kubeconfig }),
    // A changed kubeconfig never means "delete everything there and make it here".
    clusterIdentifier: stack.fullName,
    // A Secret is changed in place, never deleted and made anew: CloudNativePG would find it missing in between.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    // An interrupted run leaves objects that the state does not know. `preflight` has made sure that every one of a name we use is ours.
    upsertExistingObjects: true,
    // Their fields belong to the run that was killed, to a state that is taken over, to whatever wrote an adopted Secret, and we want them.
    enablePatchForce: true,
  });
  const opts = { providers: [provider] };
  const place = { namespace: stack.namespace, stack: stack.name, owner, labels: stack.labels, annotations: stack.annotations };
  const name = stack.cluster.name;

  const logins = services.map(({ service, plan }) => {
    const made = new Map(
      plan.logins.map((login) => {
        const adopt = { isAdopted: isAdopted(service, plan, login), value: adopted[service.name] ?? "" };
        const args = { service: service.name, place, login, ...(service.adopt ? { adopt } : {}) };
        return [login.slot, new RoleLogin(login.object, args, opts)];
      }),
    );
    return { service, plan, logins: made, roles: roleConfigurations(service, plan, made) };
  });

  const provenPoolers = poolersProvenByName(selected.services);
  // A Cluster that was made otherwise has had no initdb, and CloudNativePG refuses two ways.
  const bootstrap = isCopy ? undefined : logins.find(({ service }) => service.bootstrapOwner);
  const cluster = new PostgresCluster(
    name,
    {
      config: stack.cluster,
      place,
      roles: logins.flatMap(({ roles: own, plan }) => [
        ...(stack.roleApi === "inline" ? own.values() : []),
        ...plan.dropped.map(droppedRole),
      ]),
      poolers: provenPoolers,
      pgHba: hostBasedAuthentication(selected.services, stack.cluster.pgHba, stack.cluster.superuserAccess),
      alerts: stack.alerts,
      ...(bootstrap ? { bootstrap: { service: bootstrap.service, secret: bootstrap.logins.get("owner")!.secret.metadata.name } } : {}),
    },
    opts,
  );
  const roles =
    stack.roleApi === "databaseRole"
      ? new ManagedRoles("roles", { services: logins, place, cluster: cluster.clusterName }, opts)
      : undefined;
  const databases = new Databases(
    "databases",
    { services: selected.services, place, cluster: cluster.clusterName },
    { ...opts, ...(roles ? { dependsOn: roles.roles.slice() } : {}) },
  );

  const applied = new AppliedRoles(stack);
  const poolers =
    provenPoolers.length > 0 ? new Poolers("poolers", { names: provenPoolers, place, cluster: cluster.clusterName }, opts) : undefined;
  const reconciled = pulumi.all([
    cluster.clusterName,
    ...(roles?.roles.map((role) => role.id) ?? []),
    ...(poolers?.patches.map((patch) => patch.id) ?? []),
  ]);
  const credentials = logins.map(({ service, plan, logins: made }) => {
    const database = databases.byService.get(service.name)!;
    const { cluster: config, roleApi, rotation } = stack;
    return new ApplicationCredential(
      service.name,
      { service, plan, place, cluster: config, proof: rotation.proof, logins: made, roleApi, applied, reconciled, database },
      opts,
    );
  });
  new Restarts("restarts", { namespace: stack.namespace, seconds: stack.rotation.restartSeconds, credentials }, opts);
  if (stack.alerts === "prometheusRule") {
    const watched = credentials.map(({ service, plan, summary }) => ({ service, plan, changedAt: summary.changedAt }));
    new CredentialAlerts("alerts", { cluster: name, place, credentials: watched }, opts);
  }

  // Third parties' keys. Nothing above waits for Vault, and nothing of it is loaded where there is none.
  const { fetched, gates } = selected;
  let vault: VaultSummary | undefined;
  if (fetched) {
    const { deliverFromVault } = await import("./fromVault");
    vault = await deliverFromVault(stack, { place, session, selection: present(fetched, missingNamespaces), credentials }, opts);
  }
  if (gates.length > 0) (await import("./components/gate/gate")).makeGates(gates, place, opts);

  return {
    cluster: `${stack.namespace}/${name}`,
    owner,
    ...(vault === undefined ? {} : { vault }),
    services: Object.fromEntries(credentials.map(({ service, summary }) => [service.name, summary])),
    ...(fetched === undefined ? {} : { externalSecrets: summarise(fetched, missingNamespaces) }),
  };
};
