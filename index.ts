import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { catalogue } from "./catalog";
import { selectServices } from "./catalog/service";
import { ApplicationSecret, type PasswordSource } from "./components/applicationSecret";
import { Databases } from "./components/databases";
import { ManagedRoles } from "./components/managedRoles";
import { PostgresCluster } from "./components/postgresCluster";
import { hostBasedAuthentication, roleConfiguration } from "./components/roles";
import { loadStack } from "./config/load";
import { refuse } from "./config/refuse";
import { preflight } from "./preflight";

// Stack traces as V8 has them. The SDK takes several of every resource and has each of their frames looked up in a source map: a third of the
// time of a large preview, for nothing, as sucrase leaves every line where it is.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

/** Configuration, the services that are on, the cluster asked, then: passwords and Secrets, the Cluster that reads them, its roles, its databases. */
export = async () => {
  const stack = loadStack();
  const selected = selectServices(catalogue, stack);
  if ("problems" in selected) return refuse(`Services of stack ${stack.name}`, selected.problems);
  const { services } = selected;

  // Tells this state's objects from those of any other, a lost one of the same name included.
  const state = new random.RandomId("state", { byteLength: 8 }, { protect: stack.cluster.protection === "protected" });
  const owner = pulumi.interpolate`${stack.fullName}/${state.hex}`;
  const adopted = await preflight(stack, services, owner);

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

  const logins = services.map((service) => {
    const password: PasswordSource = service.adopt ? { kind: "adopted", value: adopted[service.name] ?? "" } : { kind: "generated" };
    const secret = new ApplicationSecret(service.name, { service, place, cluster: name, password }, opts);
    return { service, roleSecret: secret.roleSecret.metadata.name };
  });

  const bootstrap = logins.find(({ service }) => service.bootstrapOwner);
  const cluster = new PostgresCluster(
    name,
    {
      config: stack.cluster,
      place,
      roles: stack.roleApi === "inline" ? logins.map(({ service, roleSecret }) => roleConfiguration(service, { name: roleSecret })) : [],
      pgHba: hostBasedAuthentication(services, stack.cluster.pgHba, stack.cluster.superuserAccess),
      ...(bootstrap
        ? { bootstrap: { database: bootstrap.service.database, owner: bootstrap.service.role, secret: bootstrap.roleSecret } }
        : {}),
    },
    opts,
  );
  const roles =
    stack.roleApi === "databaseRole"
      ? new ManagedRoles("roles", { services: logins, place, cluster: cluster.clusterName }, opts)
      : undefined;
  new Databases(
    "databases",
    { services, place, cluster: cluster.clusterName },
    { ...opts, ...(roles ? { dependsOn: roles.roles.slice() } : {}) },
  );

  return {
    cluster: `${stack.namespace}/${name}`,
    owner,
    services: Object.fromEntries(
      services.map((one) => [one.name, { role: one.role, database: one.database, secret: one.secret, roleSecret: one.roleSecret }]),
    ),
  };
};
