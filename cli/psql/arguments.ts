import { randomBytes } from "node:crypto";
import { CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { CNPG } from "../../kube/kinds/groups";
import type { ServiceOutput } from "../../catalog/outputs";

/**
 * The arguments of a `kubectl run` that opens psql as an application would connect: from a pod of its namespace, its Secret mounted as environment,
 * through the service name, the server proven by the cluster's CA. Nothing secret is in the arguments.
 *
 * @param cluster `namespace/name`
 */
export async function psqlArguments(
  config: KubeConfig,
  cluster: string,
  service: string,
  output: ServiceOutput,
  args: readonly string[],
  terminal: boolean,
): Promise<string[]> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const live = (await config
    .makeApiClient(CustomObjectsApi)
    .getNamespacedCustomObject({ ...CNPG, namespace, plural: "clusters", name })) as {
    status?: { image?: string };
  };
  const keys = output.credentialKeys;
  const fromSecret = (variable: string, key: string) => ({ name: variable, valueFrom: { secretKeyRef: { name: output.secret, key } } });
  const pod = {
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 26, seccompProfile: { type: "RuntimeDefault" } },
      volumes: [{ name: "ca", secret: { secretName: `${name}-ca`, items: [{ key: "ca.crt", path: "ca.crt" }] } }],
      containers: [
        {
          name: "psql",
          image: live.status?.image,
          imagePullPolicy: "IfNotPresent",
          command: ["psql", ...args],
          stdin: true,
          stdinOnce: true,
          tty: terminal,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }],
          env: [
            fromSecret("PGHOST", keys.host),
            fromSecret("PGPORT", keys.port),
            fromSecret("PGUSER", keys.user),
            fromSecret("PGPASSWORD", keys.password),
            fromSecret("PGDATABASE", keys.database),
            { name: "PGSSLMODE", value: "verify-full" },
            { name: "PGSSLROOTCERT", value: "/ca/ca.crt" },
            { name: "PSQL_HISTORY", value: "/dev/null" },
            // The container has no home that could be written to.
            { name: "HOME", value: "/tmp" },
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
    ...["--image", live.status?.image ?? "", "--overrides", JSON.stringify(pod)],
  ];
}
