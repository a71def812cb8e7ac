import { randomBytes } from "node:crypto";
import { CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { CA_KEY } from "../../catalog/authorities";
import { CONTAINER_SECURITY, podAccount, podMetadata, podPlacement, podSecurity, PROOF_NEEDS, type OwnPods } from "../../catalog/ownPods";
import { FixableError } from "../../config/fixableError";
import { visible } from "../../config/visible";
import { CNPG } from "../../kube/kinds/groups";
import { POD_LABEL, SERVICE_LABEL, STACK_LABEL } from "../../kube/marks";
import { primaryHost, primaryOf } from "../../kube/primary";
import type { ServiceOutput } from "../../catalog/outputs";
import { SESSION_OPTIONS } from "../../preflight/postgres/session";

const HOME = "/tmp";
const LONGEST_SESSION_SECONDS = 12 * 60 * 60;

/**
 * Starts psql once a first line has come. kubectl attaches to a container that runs already: what a
 * short statement prints before is lost.
 */
const WHEN_BEGUN = ["sh", "-c", `read -r begin; exec psql "$@"`, "psql"] as const;
/** The line that it waits for. */
export const BEGIN = "begin\n";

/** Options of psql's that take an argument, which may be in the same word. */
const WITH_ARGUMENT = "cdfFhLopPRTUv";
const ENDS_BY_ITSELF = new RegExp(`^(-[^-${WITH_ARGUMENT}]*[cflV?]|--(command|file|list|version|help)(=|$))`);

/** Whether psql asks for nothing: a statement, a file, a list. */
export const endsByItself = (args: readonly string[]): boolean => args.some((arg) => ENDS_BY_ITSELF.test(arg));

/**
 * The arguments of a `kubectl run` that opens psql as an application would connect: from a pod of
 * its namespace, its Secret mounted as environment, through the service name, the server proven by
 * the authorities in the same Secret. Nothing secret is in the arguments.
 *
 * @param cluster `namespace/name`
 * @param terminal Whether somebody types. If not, the input must begin with `BEGIN`.
 */
export async function psqlArguments(
  config: KubeConfig,
  cluster: string,
  service: string,
  output: ServiceOutput,
  args: readonly string[],
  terminal: boolean,
  stack: string,
  pods?: OwnPods,
): Promise<string[]> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const image = await imageOf(config, namespace, name);
  const keys = output.credentialKeys;
  const fromSecret = (variable: string, key: string, secret = output.secret) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  // A variable takes a key whole: what the application's Secret has within a longer text is taken
  // from elsewhere.
  const isAlone = (key: string | undefined): key is string => key !== undefined && keys.within?.[key] === undefined;
  const variable = (named: string, key: string | undefined, value: string) =>
    isAlone(key) ? fromSecret(named, key) : { name: named, value };
  const pod = {
    metadata: podMetadata(pods, {}, {}),
    spec: {
      ...podAccount(pods),
      ...podPlacement(pods),
      automountServiceAccountToken: false,
      // A client that was killed leaves its pod, with the password in it, until this is over.
      activeDeadlineSeconds: LONGEST_SESSION_SECONDS,
      enableServiceLinks: false,
      securityContext: podSecurity(pods, { user: PROOF_NEEDS.user }),
      volumes: [
        { name: "home", emptyDir: { sizeLimit: "64Mi" } },
        { name: "ca", secret: { secretName: output.secret, items: [{ key: CA_KEY, path: CA_KEY }] } },
      ],
      containers: [
        {
          name: "psql",
          image,
          imagePullPolicy: "IfNotPresent",
          command: terminal ? ["psql", ...args] : [...WHEN_BEGUN, ...args],
          stdin: true,
          stdinOnce: true,
          tty: terminal,
          ...(pods?.resources === undefined ? {} : { resources: pods.resources }),
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [
            { name: "home", mountPath: HOME },
            { name: "ca", mountPath: "/ca", readOnly: true },
          ],
          env: [
            variable("PGHOST", keys.host, primaryHost(name, namespace)),
            variable("PGPORT", keys.port, "5432"),
            variable("PGUSER", keys.user, output.login),
            isAlone(keys.password) ? fromSecret("PGPASSWORD", keys.password) : fromSecret("PGPASSWORD", "password", output.roleSecret),
            variable("PGDATABASE", keys.database, output.database),
            { name: "PGSSLMODE", value: "verify-full" },
            { name: "PGSSLROOTCERT", value: `/ca/${CA_KEY}` },
            { name: "PGREQUIREAUTH", value: "scram-sha-256" },
            { name: "PGCHANNELBINDING", value: "require" },
            { name: "PSQL_HISTORY", value: "/dev/null" },
            { name: "PGOPTIONS", value: SESSION_OPTIONS },
            // The container has no other that could be written to.
            { name: "HOME", value: HOME },
          ],
        },
      ],
    },
  };
  return [
    ...[
      "run",
      `psql-${service}-${randomBytes(3).toString("hex")}`,
      "--namespace",
      namespace,
      "--restart=Never",
      "--rm",
      "--quiet",
      "--stdin",
    ],
    ...(terminal ? ["--tty"] : []),
    // What the program's policies for the network let through.
    ...["--labels", `${POD_LABEL}=psql,${STACK_LABEL}=${stack},${SERVICE_LABEL}=${service}`],
    ...["--image", image, "--overrides", JSON.stringify(pod)],
  ];
}

/**
 * What is given a service's Secret: what the Cluster's spec says, else what its primary runs; both
 * are written by nobody who has only an instance.
 */
async function imageOf(config: KubeConfig, namespace: string, name: string): Promise<string> {
  const custom = config.makeApiClient(CustomObjectsApi);
  const live = (await custom.getNamespacedCustomObject({ ...CNPG, namespace, plural: "clusters", name })) as {
    spec?: { imageName?: string };
    status?: { currentPrimary?: string };
  };
  const image = live.spec?.imageName ?? (await imageOfPrimary(config, namespace, primaryOf(name, live.status)));
  if (image === undefined) throw new FixableError(`${namespace}/${name} has no primary`, "`npm run status` says what it waits for");
  if (!isImage(image)) throw new FixableError(`the image of ${namespace}/${name} is none: ${visible(image)}`, "see who has written that");
  return image;
}

async function imageOfPrimary(config: KubeConfig, namespace: string, primary: string | undefined): Promise<string | undefined> {
  if (primary === undefined) return undefined;
  const { spec } = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name: primary });
  return spec?.containers.find((one) => one.name === "postgres")?.image;
}

/** As a registry has one; nothing that kubectl takes for an option of its own. */
export const isImage = (text: string): boolean =>
  text.length <= 512 && /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[a-z0-9][\w.-]*)*(?::\w[\w.-]*)?(?:@sha256:[0-9a-f]{64})?$/i.test(text);
