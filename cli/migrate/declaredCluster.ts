import { authoritySecret } from "../../catalog/authorities";
import { poolersProvenByName } from "../../catalog/service";
import { clusterSpec } from "../../components/clusterSpec";
import { droppedRole, hostBasedAuthentication, roleConfigurations } from "../../components/roles";
import type { Choices } from "../../config/choices";
import { isMadeOtherwise, type Bootstrap } from "../../kube/bootstrap";
import type { PlannedService, RotationPlan } from "../../rotation/plan";

/** What an `up` would tell the Cluster, as far as that is known before. */
export function wantedCluster(
  stack: Choices,
  services: readonly PlannedService[],
  live?: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const of = services.map(({ service, plan }) => ({ service, plan, logins: secretsOf(plan) }));
  const own = services.map(({ service }) => service);
  const owner = of.find(({ service }) => service.bootstrapOwner);
  const bootstrap = isMadeOtherwise(stack.cluster.name, live?.bootstrap as Bootstrap | undefined, owner?.service.role) ? undefined : owner;
  const spec = clusterSpec({
    config: stack.cluster,
    place: { namespace: stack.namespace, stack: stack.name, owner: "", labels: stack.labels, annotations: stack.annotations },
    roles: of.flatMap(({ service, plan, logins }) => [
      ...(stack.roleApi === "inline" ? roleConfigurations(service, plan, logins).values() : []),
      ...plan.dropped.map(droppedRole),
    ]),
    poolers: poolersProvenByName(own),
    ...(stack.tls.authorities.every((one) => one === "operator") ? {} : { authority: { secretName: authoritySecret(stack.cluster.name) } }),
    pgHba: hostBasedAuthentication(own, stack.cluster.pgHba, stack.cluster.superuserAccess),
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
