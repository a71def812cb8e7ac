import type { Problem } from "../config/problem";
import { shrinks } from "./quantity";
import type { ClusterFacts, Kind, Marks, PreflightReport, PreflightRequest } from "./types";

/** First CloudNativePG with DatabaseRole objects, and without the clearing of a role's password when its Secret is missing (cloudnative-pg#9677). */
const OLDEST_OPERATOR = [1, 30] as const;
const SINGULAR: Record<Kind, string> = {
  secrets: "Secret",
  clusters: "Cluster",
  databases: "Database",
  databaseroles: "DatabaseRole",
  scheduledbackups: "ScheduledBackup",
};

/** Judges what the cluster says against what is about to be made. */
export function evaluate(request: PreflightRequest, facts: ClusterFacts): PreflightReport {
  if (facts.namespaceExists === false) {
    const problem = {
      path: `Namespace/${request.namespace}`,
      message: `does not exist in ${facts.server}`,
      remedy: `kubectl create namespace ${request.namespace}, or correct \`namespace\``,
    };
    return { problems: [problem, ...checkOperator(facts)], notes: [], adopted: {} };
  }
  const adoption = adopt(request, facts);
  return {
    problems: [
      ...checkOperator(facts),
      ...checkRights(request, facts),
      ...checkStorage(request, facts),
      ...checkReferences(request, facts),
      ...checkOwnership(request, facts),
      ...adoption.problems,
    ],
    notes: switchedOff(request, facts),
    adopted: adoption.adopted,
  };
}

function checkOperator(facts: ClusterFacts): Problem[] {
  const path = "CloudNativePG";
  const remedy = `install CloudNativePG ${OLDEST_OPERATOR.join(".")} or later`;
  if (facts.cnpgKinds.length === 0) return [{ path, message: `${facts.server} has no kinds of postgresql.cnpg.io/v1`, remedy }];
  const tooOld = {
    path,
    message: `the operator is older than ${OLDEST_OPERATOR.join(".")}`,
    remedy: `upgrade it to ${OLDEST_OPERATOR.join(".")} or later`,
  };
  if (!facts.cnpgKinds.includes("databases") || !facts.cnpgKinds.includes("databaseroles")) return [tooOld];
  if (facts.operators === "unknown" || facts.operators.length === 0) return [];
  const [major, minor] = OLDEST_OPERATOR;
  const old = facts.operators.find(({ version }) => {
    const match = /^(\d+)\.(\d+)/.exec(version);
    return match !== null && (Number(match[1]) < major || (Number(match[1]) === major && Number(match[2]) < minor));
  });
  if (old) return [{ ...tooOld, message: `the operator is ${old.version}, older than ${OLDEST_OPERATOR.join(".")}` }];
  if (facts.operators.every(({ available }) => available === 0))
    return [
      { path, message: "the operator's Deployment has no running pod", remedy: "see its events and logs; nothing would be reconciled" },
    ];
  return [];
}

function checkRights(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const byKind = new Map<string, string[]>();
  for (const right of facts.forbidden) {
    const [verb, kind] = right.split(" ") as [string, string];
    byKind.set(kind, [...(byKind.get(kind) ?? []), verb]);
  }
  return [...byKind].map(([kind, verbs]) => ({
    path: `Namespace/${request.namespace}`,
    message: `this account may not ${verbs.join(", ")} ${kind}`,
    remedy: "grant it a Role that allows that, or use another context",
  }));
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
  compare("cluster.walStorage.size", facts.liveCluster?.walStorageSize, request.cluster.walStorageSize);
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
  const secrets = new Set(facts.objects.secrets?.map((secret) => secret.name));
  for (const name of request.imagePullSecrets) {
    if (!secrets.has(name) && !facts.forbidden.includes("list secrets"))
      problems.push({
        path: "cluster.imagePullSecrets",
        message: `the namespace ${request.namespace} has no Secret \`${name}\``,
        remedy: "create it, or correct the name",
      });
  }
  return problems;
}

/** An object of a name that we are about to make is ours only with our mark: an interrupted run made it. Any other is left alone. */
function checkOwnership(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const wanted: [Kind, string, boolean][] = [
    ["clusters", request.cluster.name, false],
    ...request.scheduledBackups.map((name): [Kind, string, boolean] => ["scheduledbackups", name, false]),
    ...request.services.flatMap((service): [Kind, string, boolean][] => [
      ...[...new Set([service.secret, service.roleSecret])].map((name): [Kind, string, boolean] => [
        "secrets",
        name,
        service.adopt?.secret === name,
      ]),
      ["databases", service.name, false],
      ...(request.databaseRoles ? [["databaseroles", service.name, false] as [Kind, string, boolean]] : []),
    ]),
  ];
  const found = Object.fromEntries(
    Object.entries(facts.objects).map(([kind, marks]) => [kind, new Map(marks.map((mark) => [mark.name, mark]))]),
  );
  return wanted.flatMap(([kind, name, adopted]) => {
    const live = found[kind]?.get(name);
    if (live === undefined || isOurs(live, request) || (adopted && live.owner === undefined)) return [];
    return [
      live.owner === undefined
        ? {
            path: `${SINGULAR[kind]}/${name}`,
            message: `exists in ${request.namespace} and was not made by this program`,
            remedy:
              kind === "secrets"
                ? "remove it or rename it; to keep its password, set `services.<service>.adopt.secret` to its name"
                : "remove it or rename it",
          }
        : {
            path: `${SINGULAR[kind]}/${name}`,
            message: `exists in ${request.namespace} and belongs to another state (${live.owner})`,
            remedy: 'use that state; if it is lost, see "Lost state" in the README',
          },
    ];
  });
}

function isOurs(live: Marks, request: PreflightRequest): boolean {
  return live.owner !== undefined && (live.owner === request.owner || live.owner === request.takeOver);
}

function adopt(request: PreflightRequest, facts: ClusterFacts): { problems: Problem[]; adopted: Record<string, string> } {
  const problems: Problem[] = [];
  const adopted: Record<string, string> = {};
  const live = new Map(facts.objects.secrets?.map((secret) => [secret.name, secret]));
  for (const service of request.services) {
    const path = `services.${service.name}.adopt`;
    const own = live.get(service.roleSecret);
    if (!service.adopt) {
      // Without the state, the password is only in the Secret: making a new one would lock the application out.
      if (own?.owner !== undefined && own.owner === request.takeOver && own.owner !== request.owner) {
        problems.push({
          path,
          message: `taking over \`${service.roleSecret}\` would replace its password`,
          remedy: `set \`services.${service.name}.adopt.secret\` to ${service.roleSecret} to keep it`,
        });
      }
      continue;
    }
    const source = facts.adoptable[service.adopt.secret];
    const value = source?.data[service.adopt.key];
    if (value === undefined) {
      // The source may go once its password is ours; from then on our own Secret has it, for a state that does not.
      const current = own !== undefined && own.owner === request.owner ? facts.adoptable[service.roleSecret]?.data.password : undefined;
      if (current !== undefined) {
        adopted[service.name] = current;
        continue;
      }
      problems.push({
        path,
        message:
          source === undefined
            ? `the Secret \`${service.adopt.secret}\` does not exist`
            : `the Secret \`${service.adopt.secret}\` has no key \`${service.adopt.key}\``,
        remedy: "correct it, or remove `adopt` to have a password generated",
      });
    } else if (value === "" || value.trim() !== value || /^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/.test(value)) {
      problems.push({
        path,
        message: `the password in \`${service.adopt.secret}\` is empty, begins or ends with white space, or is a hash: CloudNativePG would not set it as it is`,
        remedy: "remove `adopt` to have a password generated",
      });
    } else {
      adopted[service.name] = value;
    }
    if (source !== undefined && service.adopt.secret === service.secret && source.type !== service.secretType) {
      problems.push({
        path: `services.${service.name}.secretType`,
        message: `the Secret \`${service.secret}\` has the type ${source.type}, which Kubernetes cannot change`,
        remedy: "set it to `Opaque`, or remove the Secret after adopting its password from a copy",
      });
    }
  }
  return { problems, adopted };
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
