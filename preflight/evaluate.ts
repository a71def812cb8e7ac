import { olderPostgres } from "../config/images";
import type { Problem } from "../config/problem";
import { checkAdditions } from "./additions";
import { adopt } from "./adoption";
import { checkAuthorities, checkModes, foundAuthorities } from "./authorities";
import { checkFormer } from "./copies";
import { heldPasswords, liveCredential } from "./credentials";
import { checkElsewhere } from "./outsideNamespace";
import { checkExternalSecrets } from "./externalSecrets";
import { checkTypes } from "./secretTypes";
import { checkFetched } from "./fetchedSecrets";
import { checkOwnership, checkTwice, isOurs, isOwn } from "./ownership";
import { checkWayOfOperator } from "./network";
import { checkPoolers } from "./poolers";
import { shrinks } from "./quantity";
import type { ClusterFacts, PreflightReport, PreflightRequest } from "./types";
import { apiVersion, CNPG } from "../kube/kinds/groups";
import { missingRights } from "./rights";

/** First CloudNativePG with DatabaseRole objects, and without the clearing of a role's password when its Secret is missing (cloudnative-pg#9677). */
const OLDEST_OPERATOR = [1, 30] as const;

/** Judges what the cluster says against what is about to be made. */
export function evaluate(request: PreflightRequest, facts: ClusterFacts): PreflightReport {
  if (facts.namespaceExists === false) {
    const problem = {
      path: `Namespace/${request.namespace}`,
      message: `does not exist in ${facts.server}`,
      remedy: `kubectl create namespace ${request.namespace}, or correct \`namespace\``,
    };
    return {
      problems: [problem, ...checkOperator(request, facts)],
      notes: [],
      missingNamespaces: [],
      adopted: {},
      credentials: {},
      held: {},
      authorities: {},
    };
  }
  const adoption = adopt(request, facts);
  const fetched = checkFetched(request, facts);
  const poolers = checkPoolers(request, facts);
  const former = checkFormer(request, facts);
  const credentials = request.services.map((service) => [service.name, liveCredential(service, request, facts)] as const);
  return {
    problems: once([
      ...checkOperator(request, facts),
      ...checkWayOfOperator(request, facts),
      ...missingRights(facts.forbidden, request.namespace),
      ...checkStorage(request, facts),
      ...checkReferences(request, facts),
      ...checkOwnership(request, facts),
      ...checkTwice(request),
      ...checkAdditions(request, facts),
      ...stillProtected(request, facts),
      ...checkExternalSecrets(request, facts),
      ...request.elsewhere.flatMap((place, index) => checkElsewhere(place, facts.elsewhere[index]!, (marks) => isOurs(marks, request))),
      ...fetched.problems,
      ...adoption.problems,
      ...checkTypes(request, facts),
      ...poolers.problems,
      ...checkAuthorities(request, facts),
      ...checkModes(request, facts),
      ...former.problems,
    ]),
    notes: [
      ...outdated({ ...request, ...(facts.existing?.settings.image === undefined ? {} : { image: facts.existing.settings.image }) }),
      ...switchedOff(request, facts),
      ...adoption.notes,
      ...fetched.notes,
      ...poolers.notes,
      ...former.notes,
    ],
    missingNamespaces: fetched.missingNamespaces,
    adopted: adoption.adopted,
    credentials: Object.fromEntries(credentials),
    held: Object.fromEntries(request.services.map((service) => [service.name, heldPasswords(service, request, facts)])),
    authorities: foundAuthorities(request, facts),
  };
}

/** What several of the checks have found. */
function once(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function checkOperator({ namespace }: PreflightRequest, facts: ClusterFacts): Problem[] {
  const path = "CloudNativePG";
  const remedy = `install CloudNativePG ${OLDEST_OPERATOR.join(".")} or later`;
  if (facts.cnpgKinds.length === 0) return [{ path, message: `${facts.server} has no kinds of ${apiVersion(CNPG)}`, remedy }];
  const tooOld = {
    path,
    message: `the operator is older than ${OLDEST_OPERATOR.join(".")}`,
    remedy: `upgrade it to ${OLDEST_OPERATOR.join(".")} or later`,
  };
  if (!facts.cnpgKinds.includes("databases") || !facts.cnpgKinds.includes("databaseroles")) {
    const old = facts.operators === "unknown" ? [] : facts.operators.filter(isOld).map(({ version }) => version);
    return [{ ...tooOld, message: `${tooOld.message}${old.length === 0 ? "" : `: it is ${old.join(", ")}`}` }];
  }
  if (facts.operators === "unknown" || facts.operators.length === 0) return [];
  // What another one watches is no concern of this namespace's.
  const operators = facts.operators.filter(({ watches }) => watches?.includes(namespace) ?? true);
  if (operators.length === 0) {
    const watched = [...new Set(facts.operators.flatMap(({ watches = [] }) => watches))].map((name) => `\`${name}\``).join(", ");
    return [
      {
        path,
        message: `no operator watches the namespace ${namespace}: those that there are watch ${watched}`,
        remedy: "add it to the operator's `WATCH_NAMESPACE`, or correct `namespace`",
      },
    ];
  }
  const old = operators.find(isOld);
  if (old) return [{ ...tooOld, message: `the operator is ${old.version}, older than ${OLDEST_OPERATOR.join(".")}` }];
  if (operators.every(({ available }) => available === 0))
    return [
      { path, message: "the operator's Deployment has no running pod", remedy: "see its events and logs; nothing would be reconciled" },
    ];
  return [];
}

function isOld({ version }: { readonly version: string }): boolean {
  const [major, minor] = OLDEST_OPERATOR;
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match !== null && (Number(match[1]) < major || (Number(match[1]) === major && Number(match[2]) < minor));
}

function checkStorage(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const problems: Problem[] = [];
  const compare = (path: string, live: string | undefined, wanted: string | undefined) => {
    if (live !== undefined && wanted !== undefined && shrinks(live, wanted))
      problems.push({
        path,
        message: `${wanted} is less than the living cluster's ${live}, and volumes never shrink`,
        remedy: `set at least ${live}`,
      });
  };
  compare("cluster.storage.size", facts.liveCluster?.storageSize, request.cluster.storageSize);
  const liveWal = facts.liveCluster?.walStorageSize;
  compare("cluster.walStorage.size", liveWal, request.cluster.walStorageSize);
  if (liveWal !== undefined && request.cluster.walStorageSize === undefined && request.cluster.existing === undefined)
    problems.push({
      path: "cluster.walStorage",
      message: `is not set, and the living cluster has a volume of ${liveWal} for the write-ahead log, which CloudNativePG never takes away`,
      remedy: `set at least \`size: ${liveWal}\``,
    });
  if (facts.storageClasses === "unknown" || facts.liveCluster !== undefined) return problems;
  const classes = facts.storageClasses;
  for (const name of new Set(request.cluster.storageClasses)) {
    if (name === null ? classes.some((one) => one.isDefault) : classes.some((one) => one.name === name)) continue;
    const available = classes.map((one) => one.name).join(", ") || "none";
    problems.push({
      path: "cluster.storage.class",
      message: name === null ? "is not set, and the cluster has no default StorageClass" : `the cluster has no StorageClass \`${name}\``,
      remedy: `set one that it has (${available})`,
    });
  }
  return problems;
}

function checkReferences(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const problems: Problem[] = [];
  if (request.podMonitor && !facts.podMonitors)
    problems.push({
      path: "cluster.monitoring",
      message: "`podMonitor` needs the Prometheus operator's PodMonitor, which the cluster does not have",
      remedy: "install it, or set `none`",
    });
  if (request.prometheusRule && !facts.prometheusRules)
    problems.push({
      path: "alerts",
      message: "`prometheusRule` needs the Prometheus operator's PrometheusRule, which the cluster does not have",
      remedy: "install it, or set `none`",
    });
  problems.push(...checkCatalog(request, facts));
  const secrets = new Set(facts.objects.secrets?.map((secret) => secret.name));
  const own = request.proofPod?.pods?.imagePullSecrets ?? [];
  for (const [path, name] of [
    ...request.imagePullSecrets.map((one) => ["cluster.imagePullSecrets", one] as const),
    ...own.map((one) => ["pods.imagePullSecrets", one] as const),
  ]) {
    if (!secrets.has(name) && !facts.forbidden.includes("list secrets"))
      problems.push({
        path,
        message: `the namespace ${request.namespace} has no Secret \`${name}\``,
        remedy: "create it, or correct the name",
      });
  }
  return problems;
}

/** Without its image CloudNativePG makes no Cluster, and the `up` would wait for it until it gives up. */
function checkCatalog({ imageCatalog, namespace }: PreflightRequest, { catalog }: ClusterFacts): Problem[] {
  if (imageCatalog === undefined || catalog === undefined || catalog === "unknown") return [];
  const { kind, name, major } = imageCatalog;
  const path = "cluster.spec.imageCatalogRef";
  const remedy = "make it, or correct the reference";
  if (catalog === "missing")
    return [
      { path, message: `${kind === "ImageCatalog" ? `the namespace ${namespace}` : "the cluster"} has no ${kind} \`${name}\``, remedy },
    ];
  if (catalog.includes(major)) return [];
  return [{ path, message: `the ${kind} \`${name}\` has no image of Postgres ${major}: it has ${catalog.join(", ") || "none"}`, remedy }];
}

function outdated({ image, cluster }: PreflightRequest): string[] {
  const older = image === undefined ? undefined : olderPostgres(image);
  if (older === undefined) return [];
  return [
    `${cluster.existing ? `Cluster/${cluster.name}` : "cluster.image"} is Postgres ${older.found}, and ${older.newest} has fixed faults by which a database's user becomes the server's: use ${older.newest} or later`,
  ];
}

/**
 * Secrets that applications log in with and that this run would delete. The engine refuses that, but
 * only when it has come to them, and the roles are closed by then.
 */
function stillProtected(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const wanted = new Map(request.services.map(({ name, secret }) => [name, secret]));
  return (facts.objects.secrets ?? []).flatMap((secret) => {
    const { name, service } = secret;
    if (!secret.isProtected || service === undefined || !isOwn(secret, request) || wanted.get(service) === name) return [];
    const isOn = wanted.has(service);
    return [
      {
        path: `services.${service}`,
        message: isOn
          ? `has the Secret \`${wanted.get(service)}\` now, and the former one, \`${name}\`, is protected: applications log in with it`
          : `is off, and its Secret \`${name}\` is protected: applications log in with it`,
        remedy: `${isOn ? "take the new name back" : "turn it on"}, write \`protection: none\` there and run \`pulumi up\`; then ${isOn ? "rename it" : "turn it off"}`,
      },
    ];
  });
}

function switchedOff(request: PreflightRequest, facts: ClusterFacts): string[] {
  const on = new Set(request.services.map((service) => service.name));
  return (facts.objects.databases ?? [])
    .filter((database) => isOurs(database, request) && database.service !== undefined && !on.has(database.service))
    .map(
      (database) =>
        `${database.service} is off: its Secret and its password go, its database and its role stay in Postgres, where nobody can connect to them; turned on again, it gets them back with a new password`,
    );
}
