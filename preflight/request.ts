import { vaultRuleObject } from "../catalog/alertNames";
import { roleObject, roleSecret, SLOTS } from "../catalog/names";
import type { Selected } from "../catalog/select";
import type { Service } from "../catalog/service";
import { credentialKeys, possibleKeys, type Template } from "../catalog/templates";
import type { Choices } from "../config/choices";
import type { ClusterConfig } from "../config/schema";
import { mirrorStore } from "../vault/access";
import { copiesIn } from "./copies";
import { gatesIn } from "./gates";
import { policiesIn } from "./network";
import { PROMETHEUS_RULE, vaultElsewhere } from "./vault";
import type { PreflightRequest } from "./types";

/** What a stack is about to make, as the checks see it. */
export function preflightRequest(
  stack: Omit<Choices, "vaultValues">,
  services: readonly Service[],
  kubeconfig: string | undefined,
  { fetched, gates }: Pick<Selected, "fetched" | "gates"> = { gates: [] },
  isPreview = false,
): PreflightRequest {
  const { cluster } = stack;
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(stack.context === undefined ? {} : { context: stack.context }),
    ...(stack.takeOver === undefined ? {} : { takeOver: stack.takeOver }),
    namespace: stack.namespace,
    stack: stack.name,
    cluster: {
      name: cluster.name,
      ...(cluster.existing ? { existing: true, storageClasses: [] } : volumesOf(cluster)),
      hasOwnLines: cluster.pgHba.length > 0,
    },
    ...(isPreview ? { isPreview } : {}),
    authorities: stack.tls.authorities,
    settleSeconds: stack.rotation.settleSeconds,
    podMonitor: cluster.monitoring === "podMonitor",
    prometheusRule: stack.alerts === "prometheusRule",
    ...(cluster.image === undefined ? {} : { image: cluster.image }),
    ...(cluster.spec?.imageCatalogRef === undefined ? {} : { imageCatalog: cluster.spec.imageCatalogRef }),
    imagePullSecrets: cluster.imagePullSecrets,
    databaseRoles: stack.roleApi === "databaseRole",
    scheduledBackups: Object.keys(cluster.backup?.schedules ?? {}),
    elsewhere: [
      ...copiesIn(services),
      ...(stack.vault ? vaultElsewhere(stack.vault, stack.namespace, services, fetched?.paths ?? {}, stack.network) : []),
      ...(gates.length > 0 ? [gatesIn(stack.namespace, gates)] : []),
      ...(stack.vault && stack.alerts === "prometheusRule"
        ? [{ namespace: stack.namespace, objects: [{ resource: PROMETHEUS_RULE, name: vaultRuleObject(cluster.name) }] }]
        : []),
      ...(stack.network === "policies" ? [policiesIn(stack.namespace, cluster)] : []),
    ],
    // Policies for instances are not made where those are somebody else's.
    ...(stack.network === "policies" && cluster.existing === undefined ? { operatorLetIn: stack.networkPeers.operator } : {}),
    ...(stack.vault ? { mirrorStore: mirrorStore(stack.vault) } : {}),
    ...(fetched === undefined
      ? {}
      : { fetched: fetched.plans.map(({ owner, kind, namespace, name }) => ({ owner, kind, namespace, name })) }),
    services: services.map(
      ({ name, role, secret, namespaces, secretType, template, optionalKeys, adopt, rotation, restart, workloads, pooler, tls }) => ({
        name,
        role,
        secret,
        ...(namespaces === undefined ? {} : { namespaces }),
        roleSecrets: Object.fromEntries(SLOTS.map((slot) => [slot, roleSecret(name, slot)])),
        // A former login keeps its object where nobody but CloudNativePG's inline list could drop it.
        roleObjects: (rotation.strategy === "inPlace" && !cluster.existing ? SLOTS.slice(0, 1) : SLOTS).map((slot) =>
          roleObject(name, slot),
        ),
        secretType,
        ...(template.mark === undefined ? {} : { template: template.mark }),
        ...passwordPlace(template),
        keys: possibleKeys(template, optionalKeys),
        ...(adopt ? { adopt } : {}),
        workloads: restart === "rollout" ? [...workloads] : [],
        ...(pooler === undefined ? {} : { pooler }),
        tls: { mode: tls.mode, isSaid: tls.isSaid },
      }),
    ),
  };
}

/** Where an application's Secret has the password. */
function passwordPlace(template: Template): Pick<PreflightRequest["services"][number], "passwordKey" | "passwordForm"> {
  const { password, within } = credentialKeys(template);
  const text = within?.[password];
  return {
    passwordKey: password,
    ...(text === undefined ? {} : { passwordForm: /^(jdbc:)?[a-z][a-z0-9+.-]*:\/\//i.test(text) ? "uri" : "text" }),
  };
}

function volumesOf({
  storage,
  walStorage,
}: ClusterConfig): Pick<PreflightRequest["cluster"], "storageSize" | "storageClasses" | "walStorageSize"> {
  return {
    storageSize: storage.size,
    storageClasses: [storage.class ?? null, ...(walStorage ? [walStorage.class ?? null] : [])],
    ...(walStorage ? { walStorageSize: walStorage.size } : {}),
  };
}
