// The client of `try`: a pod that logs in every second with what kubelet has mounted, as an
// application that reads its Secret anew for each connection.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { CA_KEY } from "../../catalog/authorities";
import { CONTAINER_SECURITY, podSecurity, PROOF_NEEDS } from "../../catalog/ownPods";
import type { ServiceOutput } from "../../catalog/outputs";
import { FixableError } from "../../config/fixableError";
import { eventually } from "../../lab/wait";
import { SESSION_OPTIONS } from "../../preflight/postgres/session";
import { readAttempt, type Attempt } from "./seen";

const NAME = "client";
const STARTED_WITHIN_SECONDS = 120;
/** Longer than any pause between two looks at the log. */
const LOOKS_BACK_SECONDS = 20;
/** An API server that is away for longer is gone. */
const MOST_FAILURES = 30;

/**
 * A round of logins a second. Each reads the directory that kubelet has mounted at that moment, so
 * that user and password are of one version. A line: seconds, service, user, milliseconds, and what
 * Postgres said where it refused.
 */
const SCRIPT = [
  `export PGSSLMODE=verify-full PGREQUIREAUTH=scram-sha-256 PGCHANNELBINDING=require PGCONNECT_TIMEOUT=5 PGOPTIONS='${SESSION_OPTIONS}'`,
  `login() {`,
  `  service=$1 d=$(readlink -f "/secrets/$1/..data") began=$(date +%s%N)`,
  `  user=$(cat "$d/$2")`,
  `  if said=$(PGUSER=$user PGPASSWORD=$(cat "$d/$3") PGDATABASE=$(cat "$d/$4") PGHOST=$(cat "$d/$5") PGPORT=$(cat "$d/$6") \\`,
  `      PGSSLROOTCERT=$d/${CA_KEY} psql -XAtqw -c 'select 1' 2>&1); then said=; fi`,
  `  now=$(date +%s%N)`,
  `  printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$((now / 1000000000))" "$service" "$user" "$(((now - began) / 1000000))" "$(printf %s "$said" | tr '\\n\\t' '  ')"`,
  `}`,
  `while :; do`,
  `  LOGINS`,
  `  sleep 1`,
  `done`,
].join("\n");

/** The pod, with the Secrets of the services. No secret is in its spec. */
export function clientPod(namespace: string, image: string, services: Readonly<Record<string, ServiceOutput>>): V1Pod {
  const all = Object.entries(services);
  const logins = all.flatMap(([service, { credentialKeys: keys }]) => {
    const { user, password, database, host, port, within } = keys;
    const words = [user, password, database, host, port].flatMap((key) => key ?? []);
    // Files are read whole.
    if (within !== undefined || words.length < 5) return [];
    return ["login", service, ...words].map((word) => `'${word}'`).join(" ");
  });
  return {
    metadata: { name: NAME, namespace, labels: { "app.kubernetes.io/name": "cnpg-credentials-try" } },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // A shell does not end when it is asked to, and it has nothing that must be kept.
      terminationGracePeriodSeconds: 0,
      securityContext: podSecurity(undefined, PROOF_NEEDS),
      volumes: all.map(([service, { secret }]) => ({ name: service, secret: { secretName: secret } })),
      containers: [
        {
          name: NAME,
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", SCRIPT.replace("LOGINS", logins.join("\n  "))],
          resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
          securityContext: CONTAINER_SECURITY,
          volumeMounts: all.map(([service]) => ({ name: service, mountPath: `/secrets/${service}`, readOnly: true })),
        },
      ],
    },
  };
}

/**
 * Starts the client anew and tells what it sees until the signal comes, or the client ends.
 *
 * @throws FixableError when its pod does not start
 */
export async function watchClient(config: KubeConfig, pod: V1Pod, tell: (attempt: Attempt) => void, signal: AbortSignal): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const namespace = pod.metadata!.namespace!;
  await removeClient(core, namespace);
  await core.createNamespacedPod({ namespace, body: pod });
  try {
    await started(core, namespace);
    await follow(core, namespace, tell, signal);
  } finally {
    await removeClient(core, namespace);
  }
}

async function started(core: CoreV1Api, namespace: string): Promise<void> {
  let last = "";
  const expired = () => new FixableError(`the client does not start: ${last}`, `see \`kubectl -n ${namespace} describe pod ${NAME}\``);
  await eventually({ seconds: STARTED_WITHIN_SECONDS, everyMs: 500, expired }, async () => {
    const { status } = await core.readNamespacedPod({ namespace, name: NAME });
    last = status?.containerStatuses?.[0]?.state?.waiting?.reason ?? status?.phase ?? "nothing is known of its pod";
    return status?.phase === "Running" ? true : undefined;
  });
}

/**
 * The log is read anew each second: a stream of it may end by itself, and ends with an error that
 * nobody can catch when it is cut off.
 */
async function follow(core: CoreV1Api, namespace: string, tell: (attempt: Attempt) => void, signal: AbortSignal): Promise<void> {
  let seen: readonly string[] = [];
  let failures = 0;
  for (;;) {
    // The lines of the last moment are read, too.
    const isLast = signal.aborted;
    try {
      const lines = (await core.readNamespacedPodLog({ namespace, name: NAME, sinceSeconds: LOOKS_BACK_SECONDS })).split("\n");
      for (const line of lines) {
        const attempt = seen.includes(line) ? undefined : readAttempt(line);
        if (attempt !== undefined) tell(attempt);
      }
      seen = lines;
      failures = 0;
    } catch (error) {
      if (++failures > MOST_FAILURES || (error instanceof ApiException && error.code === 404))
        throw new FixableError("the client's log cannot be read", `see \`kubectl -n ${namespace} get pods\``, { cause: error });
    }
    if (isLast) return;
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
}

/** Waits until it is gone: the next one has its name. */
async function removeClient(core: CoreV1Api, namespace: string): Promise<void> {
  const gone = (error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return true;
    throw error;
  };
  if ((await core.deleteNamespacedPod({ namespace, name: NAME }).catch(gone)) === true) return;
  const expired = () =>
    new FixableError("the client's pod does not end", `remove it: \`kubectl -n ${namespace} delete pod ${NAME} --force\``);
  await eventually({ seconds: STARTED_WITHIN_SECONDS, everyMs: 300, expired }, async () =>
    (await core.readNamespacedPod({ namespace, name: NAME }).catch(gone)) === true ? true : undefined,
  );
}
