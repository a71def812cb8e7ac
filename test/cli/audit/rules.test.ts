import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { baselineExpired, baselineWithoutReason } from "../../../cli/audit/baseline";
import { rules } from "../../../cli/audit/rules";
import { auditFiles } from "../../support/audited";
import { prose } from "../../support/told";

/** Everything in order: a Cluster with a role, a store, what is fetched from it, a workload and a chart's values that refer to Secrets there are. */
const COMPLIANT: Readonly<Record<string, string>> = {
  "cluster.yaml": `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: main, namespace: data }
spec:
  instances: 1
  managed:
    roles:
      - name: platform
        passwordSecret: { name: platform-db-role }
      - name: reader
        passwordSecret: { name: reader-login }
---
apiVersion: v1
kind: Secret
metadata: { name: reader-login, namespace: data }
stringData: { username: reader, password: "\${READER_PASSWORD}" }
`,
  "store.yaml": `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: team }
spec:
  conditions: [{ namespaces: [apps] }]
  provider: { vault: { server: "https://vault.test", path: secret } }
`,
  "keys.yaml": `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: keys, namespace: apps }
spec:
  secretStoreRef: { name: team, kind: ClusterSecretStore }
  data:
    - secretKey: api-key
      remoteRef: { key: apps/keys, property: api-key }
`,
  "workload.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: app, namespace: apps }
spec:
  template:
    spec:
      containers:
        - name: app
          args: [--password=$(PASSWORD)]
          env:
            - name: API_KEY
              valueFrom: { secretKeyRef: { name: keys, key: api-key } }
`,
  "settings.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: apps }
data: { password: "\${PASSWORD}" }
`,
  "secret.yaml": `apiVersion: v1
kind: Secret
metadata: { name: filled, namespace: apps }
stringData: { password: "{{ .Values.password }}" }
`,
  "values.yaml": `auth:
  existingSecret: platform-db-credentials
  secretKeys: { userPasswordKey: password }
`,
  "other.json": `{"password": "changeme"}`,
};

type Break = readonly [title: string, file: string, from: string, to: string];

const SECRET = 'stringData: { password: "{{ .Values.password }}" }';
const BREAKS: Readonly<Record<string, readonly Break[]>> = {
  "sealed-secret": [
    ["a SealedSecret", "settings.yaml", "apiVersion: v1\nkind: ConfigMap", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret"],
    ["a SealedSecret in a file that is no YAML", "other.json", `{"password": "changeme"}`, "kind: SealedSecret\n  spec: [\n"],
  ],
  "literal-in-secret": [
    ["in stringData", "secret.yaml", "{{ .Values.password }}", "hunter2"],
    ["in data", "secret.yaml", SECRET, `data: { password: ${Buffer.from("hunter2").toString("base64")} }`],
    ["without a telling name", "secret.yaml", SECRET, `stringData: { thing: "x8Kq2mZ7pLw4Rt9VbN3c" }`],
    [
      "in an ExternalSecret's template",
      "keys.yaml",
      "  data:",
      "  target: { template: { data: { password: hunter2, api-key: x } } }\n  data:",
    ],
    [
      "in a generator",
      "settings.yaml",
      "apiVersion: v1\nkind: ConfigMap",
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsecretGenerator: [{ name: x, literals: [password=hunter2] }]\nx: y",
    ],
  ],
  "literal-in-environment": [
    ["in an argument", "workload.yaml", "$(PASSWORD)", "hunter2"],
    ["in the argument after a flag", "workload.yaml", "--password=$(PASSWORD)", "--password, hunter2"],
    [
      "in a variable",
      "workload.yaml",
      "            - name: API_KEY\n",
      "            - { name: DB_PASSWORD, value: hunter2 }\n            - name: API_KEY\n",
    ],
  ],
  "literal-in-config-map": [
    ["in a key", "settings.yaml", "${PASSWORD}", "hunter2"],
    ["in a file", "settings.yaml", `{ password: "\${PASSWORD}" }`, "\n  app.ini: |\n    password = hunter2"],
  ],
  "literal-in-values": [["in a chart's values", "values.yaml", "auth:\n", "auth:\n  password: hunter2\n"]],
  "literal-elsewhere": [
    ["in JSON", "other.json", "changeme", "hunter2"],
    ["in an annotation", "workload.yaml", "namespace: apps }", "namespace: apps, annotations: { password: hunter2 } }"],
    ["in what is no YAML", "other.json", `{"password": "changeme"}`, "a: [\npassword: hunter2\n"],
  ],
  "vault-authored-login": [
    ["what CloudNativePG reads", "keys.yaml", "name: keys, namespace: apps", "name: reader-login, namespace: data"],
    ["what CloudNativePG makes", "keys.yaml", "name: keys, namespace: apps", "name: main-app, namespace: data"],
    ["what the catalogue has", "keys.yaml", "spec:\n", "spec:\n  target: { name: agents-db-secret }\n"],
    ["what has a key of Postgres", "keys.yaml", "secretKey: api-key", "secretKey: PGPASSWORD"],
    ["what comes from the database engine", "keys.yaml", "key: apps/keys", "key: database/creds/app"],
  ],
  "second-writer": [
    ["a Secret of the name that CloudNativePG makes", "secret.yaml", "name: filled, namespace: apps", "name: main-app, namespace: data"],
    [
      "a generator that adds to what CloudNativePG reads",
      "store.yaml",
      "apiVersion: external-secrets.io/v1\n",
      `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: extra, namespace: data }
spec:
  target: { name: reader-login, creationPolicy: Merge }
  dataFrom: [{ sourceRef: { generatorRef: { apiVersion: generators.external-secrets.io/v1alpha1, kind: Password, name: extra } } }]
---
apiVersion: external-secrets.io/v1
`,
    ],
  ],
  "superuser-access": [["a Cluster", "cluster.yaml", "instances: 1\n", "instances: 1\n  enableSuperuserAccess: true\n"]],
  "removed-api": [
    ["an ExternalSecret", "keys.yaml", "external-secrets.io/v1\n", "external-secrets.io/v1beta1\n"],
    ["a PodMonitor", "cluster.yaml", "instances: 1\n", "instances: 1\n  monitoring: { enablePodMonitor: true }\n"],
  ],
  "in-tree-barman": [
    [
      "a Cluster's backup",
      "cluster.yaml",
      "instances: 1\n",
      "instances: 1\n  backup: { barmanObjectStore: { destinationPath: 's3://x' } }\n",
    ],
    [
      "another Cluster's backup",
      "cluster.yaml",
      "instances: 1\n",
      "instances: 1\n  externalClusters: [{ name: old, barmanObjectStore: { destinationPath: 's3://x' } }]\n",
    ],
    [
      "a method",
      "cluster.yaml",
      "---\n",
      "---\napiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nspec: { method: barmanObjectStore }\n---\n",
    ],
  ],
  "secret-not-provided": [
    ["to a variable", "workload.yaml", "name: keys,", "name: nowhere,"],
    ["to a chart", "values.yaml", "platform-db-credentials", "nowhere"],
    ["to CloudNativePG", "cluster.yaml", "platform-db-role", "nowhere"],
  ],
  "secret-key-not-provided": [
    ["to a variable", "workload.yaml", "key: api-key", "key: token"],
    ["to a chart", "values.yaml", "userPasswordKey: password", "userPasswordKey: postgres-password"],
  ],
  "unknown-store": [
    ["another name", "keys.yaml", "name: team", "name: other"],
    ["another kind", "keys.yaml", "kind: ClusterSecretStore", "kind: SecretStore"],
  ],
  "cross-namespace": [
    ["a Secret", "workload.yaml", "namespace: apps", "namespace: web"],
    ["a store", "store.yaml", "namespaces: [apps]", "namespaces: [web]"],
    [
      "a copy",
      "secret.yaml",
      "namespace: apps }",
      `namespace: apps, annotations: { reflector.v1.k8s.emberstack.com/reflection-allowed: "true" } }`,
    ],
    [
      "a Cluster",
      "settings.yaml",
      "apiVersion: v1\nkind: ConfigMap",
      "apiVersion: postgresql.cnpg.io/v1\nkind: Database\nspec: { cluster: { name: main } }",
    ],
  ],
};

describe("the audit's rules", () => {
  it("are documented as they are", () => {
    const document = fs.readFileSync(path.join(__dirname, "../../../docs/audit.md"), "utf8").replace(/ +/g, " ");
    for (const { id, fires, why, remedy } of [...rules, baselineWithoutReason, baselineExpired])
      assert.ok(document.includes(`| \`${id}\` | ${fires} | ${why} | ${remedy} |`), `docs/audit.md says something else of ${id}`);
  });

  it("find nothing where everything is in order", () => assert.deepEqual(auditFiles(COMPLIANT).findings, []));

  it("are all broken below", () => assert.deepEqual(Object.keys(BREAKS).sort(), rules.map(({ id }) => id).sort()));

  it("know a kustomization by its file's name, too", () => {
    const files = { ...COMPLIANT, "workload.yaml": COMPLIANT["workload.yaml"]!.replace("name: keys,", "name: made,") };
    const kustomization = "secretGenerator:\n  - name: made\n    literals: [api-key=$(API_KEY)]\n";
    assert.equal(auditFiles(files).findings.length, 1);
    assert.deepEqual(auditFiles({ ...files, "kustomization.yaml": kustomization }).findings, []);
    const { findings } = auditFiles({ ...files, "kustomization.yaml": kustomization.replace("$(API_KEY)", "x8Kq2mZ7pLw4Rt9VbN3c") });
    assert.deepEqual(
      findings.map(({ rule, line }) => `${rule} ${line}`),
      ["literal-in-secret 3"],
    );
  });

  it("tell a login by who reads it: a password is one to a workload that puts it into PGPASSWORD", () => {
    const withVariable = (variable: string) => ({
      ...COMPLIANT,
      "keys.yaml": COMPLIANT["keys.yaml"]!.replace("secretKey: api-key", "secretKey: password"),
      "workload.yaml": COMPLIANT["workload.yaml"]!.replace("name: API_KEY", `name: ${variable}`).replace("key: api-key", "key: password"),
    });
    assert.deepEqual(auditFiles(withVariable("SMTP_PASSWORD")).findings, []);
    const { findings } = auditFiles(withVariable("PGPASSWORD"));
    assert.deepEqual(
      findings.map(({ rule, file }) => `${rule} ${file}`),
      ["vault-authored-login keys.yaml"],
    );
  });

  const keep = prose("audit", "findings");
  for (const [rule, breaks] of Object.entries(BREAKS))
    for (const [title, file, from, to] of breaks)
      it(`${rule}: ${title}`, () => {
        const before = COMPLIANT[file]!;
        assert.ok(before.includes(from), "the break changes nothing");
        const { findings } = auditFiles({ ...COMPLIANT, [file]: before.replace(from, () => to) });
        const found = findings.filter((finding) => finding.rule === rule);
        assert.ok(found.length > 0, `found only ${JSON.stringify(findings)}`);
        for (const finding of found) {
          assert.ok(finding.line >= 1 && finding.field !== "" && finding.why !== "" && finding.remedy !== "");
          assert.ok(!JSON.stringify(finding).includes("hunter2"), "the value is said");
        }
        keep(found.map(({ file: where, field, why, remedy }) => `${rule} (${where}, ${field}): ${why}; ${remedy}`));
      });
});
