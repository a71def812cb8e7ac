import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";

/** Files of the tree: so many applications of eight files each. */
export const COUNT = 20_000;
const FILES = 8;

/**
 * Writes a tree of manifests, values and templates as repositories of many applications have them, in which nothing is to be found.
 * @returns their bytes
 */
export async function makeManifests(directory: string): Promise<number> {
  let bytes = 0;
  for (let number = 0; number < COUNT / FILES; number++) {
    const folder = path.join(directory, `team-${number % 50}`, `app-${number}`);
    await fs.mkdir(path.join(folder, "templates"), { recursive: true });
    for (const [name, text] of Object.entries(application(`app-${number}`))) {
      await fs.writeFile(path.join(folder, name), text);
      bytes += Buffer.byteLength(text);
    }
  }
  return bytes;
}

function application(name: string): Record<string, string> {
  const secret = `${name}-keys`;
  return {
    "Chart.yaml": stringify({ apiVersion: "v2", name, version: "1.2.3", description: `What ${name} needs` }),
    "values.yaml": stringify(values(name, secret)),
    "templates/deployment.yaml": template(secret),
    "templates/_helpers.tpl": `{{- define "app.fullname" -}}\n{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 }}\n{{- end }}\n`,
    "deployment.yaml": stringify(workload(name, secret)),
    "config.yaml": stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "app.properties": properties(name) } }),
    "keys.yaml": stringify(externalSecret(secret)),
    "workload.json": JSON.stringify(workload(`${name}-worker`, secret), undefined, 2),
  };
}

function values(name: string, secret: string): object {
  return {
    image: { repository: `registry.test/${name}`, tag: "1.24.3", digest: `sha256:${"0a1b2c3d".repeat(8)}` },
    auth: { existingSecret: secret, existingSecretPasswordKey: "token", password: "" },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    ingress: { enabled: true, hosts: [{ host: `${name}.test`, paths: ["/", "/api", "/oauth2/token"] }] },
    oauth: { clientId: name, tokenUrl: "https://idp.test/oauth2/token", clientSecret: "${CLIENT_SECRET}" },
  };
}

function workload(name: string, secret: string): object {
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of ${name}, number ${index}` }));
  const token = { name: "TOKEN", valueFrom: { secretKeyRef: { name: secret, key: "token" } } };
  const container = {
    name,
    image: `registry.test/${name}@sha256:${"0a1b2c3d".repeat(8)}`,
    args: ["serve", "--token=$(TOKEN)", "--token-ttl=1h"],
    env: [...env, token],
    livenessProbe: { httpGet: { path: "/healthz", port: "http" } },
    volumeMounts: [{ name: "config", mountPath: "/etc/app" }],
  };
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop", "app.kubernetes.io/managed-by": "argocd" };
  const pod = { containers: [container], volumes: [{ name: "config", configMap: { name } }], serviceAccountName: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels, annotations: { "checksum/config": "0a1b2c3d".repeat(8) } },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
}

function externalSecret(name: string): object {
  const data = ["token", "api-key"].map((secretKey) => ({ secretKey, remoteRef: { key: `apps/${name}`, property: secretKey } }));
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name },
    spec: { refreshInterval: "1h", secretStoreRef: { name: "ameide-vault", kind: "ClusterSecretStore" }, data },
  };
}

function properties(name: string): string {
  const lines = Array.from({ length: 30 }, (_, index) => `${name}.feature-${index}.enabled=true`);
  return [...lines, "spring.datasource.url=jdbc:postgresql://db/app", "spring.datasource.password=${DB_PASSWORD}", ""].join("\n");
}

function template(secret: string): string {
  const env = Array.from(
    { length: 12 },
    (_, index) => `            - name: SETTING_${index}\n              value: {{ .Values.settings.s${index} | quote }}\n`,
  );
  return `{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "app.fullname" . }}
  labels: {{- include "app.labels" . | nindent 4 }}
    app.kubernetes.io/component: server
spec:
  replicas: {{ .Values.replicas | default 2 }}
  template:
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: server
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
${env.join("")}            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ .Values.auth.existingSecret | default "${secret}" }}
                  key: {{ .Values.auth.existingSecretPasswordKey }}
{{- end }}
`;
}
