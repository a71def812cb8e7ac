import type { Selected } from "../../catalog/select";
import { poolersProvenByName } from "../../catalog/service";
import { clusterSpec } from "../../components/clusterSpec";
import { droppedRole, hostBasedAuthentication, roleConfigurations } from "../../components/roles";
import type { Choices } from "../../config/load";
import type { RotationPlan } from "../../rotation/plan";

/** What an `up` would tell the Cluster, as far as that is known before. */
export function wantedCluster(
  stack: Choices,
  { services }: Pick<Selected, "services">,
  plans: readonly RotationPlan[],
): Readonly<Record<string, unknown>> {
  const of = services.flatMap((service) => {
    const plan = plans.find((one) => one.service === service.name);
    return plan === undefined ? [] : [{ service, plan, logins: secretsOf(plan) }];
  });
  const bootstrap = of.find(({ service }) => service.bootstrapOwner);
  const spec = clusterSpec({
    config: stack.cluster,
    place: { namespace: stack.namespace, stack: stack.name, owner: "", labels: stack.labels, annotations: stack.annotations },
    roles: of.flatMap(({ service, plan, logins }) => [
      ...(stack.roleApi === "inline" ? roleConfigurations(service, plan, logins).values() : []),
      ...plan.dropped.map(droppedRole),
    ]),
    poolers: poolersProvenByName(services),
    pgHba: hostBasedAuthentication(services, stack.cluster.pgHba, stack.cluster.superuserAccess),
    alerts: stack.alerts,
    ...(bootstrap === undefined
      ? {}
      : { bootstrap: { service: bootstrap.service, secret: bootstrap.logins.get("owner")!.secret.metadata.name } }),
  });
  return { ...spec };
}

function secretsOf({ logins }: RotationPlan) {
  return new Map(logins.map(({ slot, secret }) => [slot, { secret: { metadata: { name: secret } } }]));
}
