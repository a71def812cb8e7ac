import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { audit, type AuditReport } from "../../../cli/audit";
import { readBaseline, writeBaseline } from "../../../cli/audit/baseline";
import { readRepository } from "../../../cli/inventory/repository";
import { compareText } from "../../../cli/shared/sort";
import { auditFiles, auditTracedFiles, TODAY } from "../../support/audited";

const CASES = path.join(__dirname, "corpus/cases");

/** What is to be found in a file or folder, each as `line level rule`, with the file's name where it is a folder. What is not in here has nothing. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  "baseline-moves": ["d.yaml:11 error literal-in-environment"],
  "dup-merged-anchor.yaml": ["4 warning literal-elsewhere"],
  "dup-unknown-store.yaml": ["7 note unknown-store"],
  "fp-where-it-stands.yaml": [7, 8, 12].map((line) => `${line} note literal-in-values`),
  "fp-what-is-done-with-it.yaml": ["8 note literal-elsewhere"],
  "fn-cnpg-chart-values.yaml": ["14 note secret-not-provided", "16 error vault-authored-login"],
  "fn-defaults-of-variables.yaml": ["5 error literal-in-environment", "6 warning literal-in-environment", "8 warning literal-elsewhere"],
  "fn-escaped-quotes-in-action.yaml": ["12 error literal-in-secret"],
  "fn-file-suffixes": [
    "docker-compose.yml.bak:1 error literal-in-environment",
    "secret.yaml.template:5 error literal-in-secret",
    "values.yaml.example:1 note literal-in-values",
  ],
  "fn-hash-with-two-dollars.yaml": ["5 error literal-elsewhere"],
  "fn-letters-only-token.yaml": [4, 5, 6].map((line) => `${line} warning literal-in-environment`),
  "fn-login-by-its-keys.yaml": [
    "2 warning vault-authored-login",
    "9 warning vault-authored-login",
    "16 error vault-authored-login",
    "24 warning vault-authored-login",
  ],
  "fn-names.yaml": [6, 7, 8, 9, 10, 11, 12].map((line) => `${line} error literal-in-config-map`),
  "fn-other-ways-from-vault.yaml": [2, 9, 14, 24].map((line) => `${line} error vault-authored-login`),
  "fn-password-is-password.yaml": ["8 error", "9 error", "11 warning"].map((one) => `${one} literal-in-config-map`),
  "fn-plain-config-of-generator": [
    "collector.yaml:2 warning literal-in-config-map",
    "db.env:1 error literal-in-secret",
    "users.htpasswd:1 error literal-in-secret",
  ],
  "fn-secret-named-as-text.yaml": [6, 8, 9, 10, 11, 12, 17].map((line) => `${line} note secret-not-provided`),
  "fn-short-token-in-secret.yaml": ["6 error literal-in-secret", "8 error literal-in-secret"],
  "fn-login-by-its-name.yaml": [...[2, 7, 16].map((line) => `${line} warning vault-authored-login`), "23 error vault-authored-login"],
  "fn-strong-evidence.yaml": [
    "5 error literal-in-secret",
    "11 warning literal-in-config-map",
    "12 error literal-in-config-map",
    "13 warning literal-in-config-map",
    "14 error literal-in-config-map",
    "16 error literal-in-config-map",
    "22 note literal-in-values",
    "22 warning literal-in-values",
    "22 note literal-in-values",
  ],
  "fp-weak-evidence.yaml": [
    ...[7, 8, 11, 13].map((line) => `${line} note literal-in-values`),
    "20 note literal-in-config-map",
    "21 note literal-in-config-map",
    "27 note literal-in-secret",
    "28 note literal-in-secret",
    "33 note literal-in-environment",
    ...["40", "40", "41"].map((line) => `${line} note literal-in-values`),
    "41 note secret-not-provided",
    ...["42", "43", "44", "45"].map((line) => `${line} note literal-in-values`),
  ],
  "fn-statements-and-logins.yaml": [
    "7 error literal-in-config-map",
    ...[8, 12, 13, 14].map((line) => `${line} warning literal-in-config-map`),
  ],
  "fn-words-in-other-files.yaml": ["4 note literal-elsewhere", "5 warning literal-elsewhere"],
  "fn-words-of-tokens.yaml": [
    ...[6, 7, 8, 9, 10].map((line) => `${line} warning literal-in-config-map`),
    "11 error literal-in-config-map",
    "12 warning literal-in-config-map",
    "22 warning literal-in-values",
    "22 warning literal-in-values",
    "25 warning literal-in-environment",
    "27 warning literal-in-values",
    "28 warning literal-in-values",
  ],
  "ok-jinja-comment.yaml.j2": ["4 warning literal-elsewhere"],
  "ok-json-with-comments.json": ["5 error literal-in-environment"],
};

/** What is found below a folder, or in a file, with the baseline that is beside it. */
function found(name: string): string[] {
  const isFolder = fs.statSync(path.join(CASES, name)).isDirectory();
  // From its own folder: it is a repository by itself, and no test.
  const directory = isFolder ? path.join(CASES, name) : CASES;
  const beside = path.join(directory, "audit-baseline.yaml");
  const baseline = isFolder && fs.existsSync(beside) ? readBaseline(fs.readFileSync(beside, "utf8"), "audit-baseline.yaml") : undefined;
  assert.ok(baseline === undefined || !("problems" in baseline), JSON.stringify(baseline));
  const { findings, unparsable } = audit({
    paths: [isFolder ? "." : name],
    directory,
    root: directory,
    today: TODAY,
    ...(baseline && { baseline }),
  });
  assert.deepEqual(unparsable, []);
  // One entry for several places counts as many.
  const places = findings.flatMap((one) =>
    [one, ...(one.rule.startsWith("literal-") ? one.also : [])].map((place) => ({ ...one, ...place })),
  );
  const inOrder = places.sort((a, b) => compareText(a.file, b.file) || a.line - b.line);
  return inOrder.map(({ file, line, level, rule }) => `${isFolder ? `${file}:` : ""}${line} ${level} ${rule}`);
}

describe("the audit's cases", () => {
  const names = fs.readdirSync(CASES);
  for (const name of names) it(name, () => assert.deepEqual(found(name), FOUND[name] ?? []));

  it("fp-inventory-kustomize-namespace, in the inventory: the Secret is in the namespace that kustomize gives it", () => {
    const read = readRepository(["."], path.join(CASES, "fp-inventory-kustomize-namespace"));
    assert.ok(!("problems" in read));
    assert.deepEqual(
      read.links.map(({ secret, namespace }) => `${namespace}/${secret}`),
      ["e-commerce/order-service-oauth"],
    );
  });

  it("are all there", () =>
    assert.deepEqual(
      Object.keys(FOUND).filter((name) => !names.includes(name)),
      [],
    ));
});

const configMap = (key: string, text: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  ${key}: |\n${text.replace(/^/gm, "    ")}\n`;

describe("the audit, of the same kinds", () => {
  const nothing: [string, string, string][] = [
    ["a Secret's name under the name of what is in it", "values.yaml", "elasticSearchPassword: elasticsearch-password\n"],
    [
      "what a script replaces",
      "values.yaml",
      "a: { password: REP_APP_DATABASE_PASSWORD_REP, pw: SERVER_PASSWORD_AUTOREPLACE, url: mysql://a:REPLACEDBPASSWORD@db/x }\n",
    ],
    ["a number of tokens", "a.yaml", "limits: { maxTokens: 4096, input_tokens: 128000, tokens: 4096 }\n"],
    [
      "the names of keys below the Secret that has them",
      "values.yaml",
      'db:\n  existingSecret:\n    name: "{{ .Release.Name }}-db"\n    keys: { username: user, password: password, token: api-token-1 }\n',
    ],
    ["a name that repeats itself", "values.yaml", 'jdbccfg_password: "jdbccfg_password"\nsmtp: { smtpPassword: smtpPassword }\n'],
    [
      "what masks a password, and a row of one character",
      "a.yaml",
      configMap("init.py", 'text = text.replace(f"PWD={password}", "PWD=***MASKED***")\nOPENAI_API_KEY: sk-111111111111'),
    ],
    [
      "what a template requires, and what it resolves",
      "templates/a.yaml",
      'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ndata:\n  password: {{ .Values.password | required "password is missing" | b64enc }}\n  pw: {{ .Values.pw | include "resolve_secret" | b64enc | quote }}\n',
    ],
    ["a default of another part of an address", "a.yaml", "dsn: 'host=${NAME:=postgres17}-rw.db user=${U} password=${P}'\n"],
    [
      "an example in a comment of XML",
      "a.yaml",
      configMap("users.xml", "<!-- Password in clear.\n     Example: <password>qwerty</password>.\n-->"),
    ],
    [
      "where it is to be defined",
      "values.yaml",
      "a: { password: DEFINE_IN_REGION_VALUES, pw: DEFINIED-IN-REGIONS, token: STORE_IN_VAULT }\n",
    ],
    [
      "a reference in single braces",
      "opencode.jsonc",
      '{ "env": { "GRAFANA_PASSWORD": "{env:GRAFANA_PASSWORD}", "TOKEN": "{file:~/.token}" } }\n',
    ],
    [
      "a list whose tag looks something up",
      "a.yaml",
      configMap("blueprint.yaml", "password_stage: !Find [stages.password, [name, default-password-1]]"),
    ],
    ["a map of keys to variables", "values.yaml", "secrets: { app: { envMappings: { password: DBPASS1, token: tok-en-1 } } }\n"],
    ["what is piped away", "a.yaml", configMap("run.sh", "gh auth login --with-token >/dev/null 2>&1")],
    [
      "a rule, a variable with a point, a cookie's name",
      "a.yaml",
      'os-admin-password: rule:context_is_editor\nAPI_KEY: ".API_KEY"\nset-cookie: "auth_oidc_code="\n',
    ],
    ["a placeholder after other words", "values.yaml", "auth: { password: '${P:-secure_password_change_me}', pw: admin-changeme }\n"],
    ["a path without an extension", "values.yaml", "auth: { password: run/secrets/db-password, token: secret/data/app }\n"],
    ["what another program replaces", "values.yaml", `auth: { password: "<secret:db-password|base64>", token: "<vault:kv/app~token>" }\n`],
    ["an entity of XML", "a.yaml", configMap("server.xml", '<Resource password="&db_password;" />')],
    ["a tag in a ConfigMap", "a.yaml", configMap("recyclarr.yml", "api_key: !env_var SONARR_APIKEY\npassword: !secret sonarr")],
    [
      "a file's and another's reference",
      "values.yaml",
      "auth: { password: 'file:/run/x', token: 'env:TOKEN_OF_APP', secret: '@/run/secret' }\n",
    ],
    ["a label of a table", "a.yaml", 'options: { renameByName: { password: "Password", token: "Token" } }\n'],
    ["angle brackets twice", "config.yml", "plex: { token: <<PLEX_API_KEY>>, password: <<PLEX_PASSWORD>> }\n"],
    [
      "a linter's rule",
      "rules.yaml",
      "rules:\n  - { id: x, message: No, pattern: 'password = $X', languages: [js], metadata: { password: hunter2 } }\n",
    ],
    ["a translation", "locales/de.yaml", "login: { password: Passwort, reset_password: Kennwort vergessen, pw: Kennwort1 }\n"],
    [
      "nobody's Secret: a Job makes it by a script",
      "a.yaml",
      `apiVersion: batch/v1
kind: Job
metadata: { name: j, namespace: a }
spec: { template: { spec: { containers: [{ name: c, command: [sh, -c, "kubectl create secret generic made-late --from-literal=a=$X"] }] } } }
---
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: a }
spec: { volumes: [{ name: v, secret: { secretName: made-late } }] }
`,
    ],
  ];
  for (const [title, name, text] of nothing) it(`nothing: ${title}`, () => assert.deepEqual(auditFiles({ [name]: text }).findings, []));

  const lines = (files: Readonly<Record<string, string>>) =>
    auditFiles(files).findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`);

  it("a health check's argument, by what the command is", () => {
    const compose = (test: string) => ({ "compose.yaml": `services:\n  db:\n    healthcheck:\n      test: ${test}\n` });
    for (const test of [
      '["CMD", "mysqladmin", "ping", "-pTr0ub4dor"]',
      '["CMD-SHELL", "redis-cli -a Tr0ub4dor ping"]',
      '["CMD", "x", "--password=Tr0ub4dor"]',
    ])
      assert.deepEqual(lines(compose(test)), ["compose.yaml:4 literal-in-environment"], test);
    assert.deepEqual(lines(compose('["CMD", "mysqladmin", "ping", "-h", "127.0.0.1", "-p$$MYSQL_PASSWORD"]')), []);
  });

  it("an alias where it is used, and a folded text's own line", () => {
    assert.deepEqual(lines({ "a.yaml": "x: &one Tr0ub4dor-3\ny: 1\nDB_PASSWORD: *one\nOTHER_PASSWORD: *one\n" }), [
      "a.yaml:3 literal-elsewhere",
    ]);
    assert.deepEqual(lines({ "a.yaml": "run: >-\n  first\n  second\n  --password=Tr0ub4dor-3\n" }), ["a.yaml:4 literal-elsewhere"]);
  });

  it("a block whose first line is an action, a value whose action indents", () => {
    assert.deepEqual(lines({ "Taskfile.yaml": "a:\n  - |\n    {{.X}}\n      deeper\n    less\nauth: { password: Tr0ub4dor-3 }\n" }), [
      "Taskfile.yaml:6 literal-elsewhere",
    ]);
    const { unparsable } = auditFiles({ "t.yaml": 'env: {{ include "x" . | indent 12 }}\n  - name: A\n    value: b\n' });
    assert.deepEqual(unparsable, []);
  });

  it("says a missing Secret once, with its other places, and what was meant where one letter is another", () => {
    const pod = (name: string, secret: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: a }\nspec: { volumes: [{ name: v, secret: { secretName: ${secret} } }] }\n`;
    const { findings } = auditFiles({ "a.yaml": pod("a", "nowhere"), "b.yaml": pod("b", "nowhere") });
    assert.deepEqual(
      findings.map(({ file, level, also }) => [file, level, also.length]),
      [["a.yaml", "note", 1]],
    );
    const made = "apiVersion: v1\nkind: Secret\nmetadata: { name: peertube-login, namespace: a }\n";
    const [slip] = auditFiles({ "a.yaml": pod("a", "ppeertube-login"), "b.yaml": made }).findings;
    assert.deepEqual([slip!.level, slip!.why], ["warning", "no file makes the Secret ppeertube-login in a; there is peertube-login"]);
  });

  it("says one password once, with its other places, and each place by its own fingerprint to a baseline", () => {
    const variable = (name: string) => `services: { ${name}: { environment: { DB_PASSWORD: Tr0ub4dor-3 } } }\n`;
    const files = { "a/compose.yaml": variable("a"), "b/compose.yaml": variable("b"), "ci/compose.yaml": variable("c") };
    const told = ({ findings }: AuditReport) => findings.map(({ file, level, also }) => [file, level, ...also.map((one) => one.file)]);
    const { report, each } = auditTracedFiles(files);
    assert.deepEqual(told(report), [
      ["a/compose.yaml", "error", "b/compose.yaml"],
      ["ci/compose.yaml", "note"],
    ]);
    assert.equal(report.levels.error, 1);
    const first = each.filter(({ file }) => file.startsWith("a/"));
    const accepted = readBaseline(writeBaseline(first, undefined, TODAY, "a demo"), "audit-baseline.yaml");
    assert.ok(!("problems" in accepted));
    assert.deepEqual(told(auditFiles(files, accepted)), [
      ["b/compose.yaml", "error"],
      ["ci/compose.yaml", "note"],
    ]);
  });

  it("weighs a guessable default of a chart with templates as a warning, and one that is deployed as an error", () => {
    const values = { "app/values.yaml": "db: { password: admin }\n", "app/Chart.yaml": "name: app\n" };
    const levels = (files: Readonly<Record<string, string>>) => auditFiles(files).findings.map(({ level }) => level);
    assert.deepEqual(levels({ ...values, "app/templates/a.yaml": "kind: A\n" }), ["warning"]);
    assert.deepEqual(levels(values), ["error"]);
    assert.deepEqual(levels({ ...values, "app/templates/a.yaml": "kind: A\n", "app/values.yaml": "db: { password: Tr0ub4dor-3 }\n" }), [
      "error",
    ]);
  });

  it("weighs a key that the catalogue's Secret does not have as a note where nothing else says that it is that Secret", () => {
    const pod = (...keys: string[]) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: c, env: [${keys.map((key) => `{ name: A, valueFrom: { secretKeyRef: { name: loki-minio, key: ${key} } } }`).join(", ")}] }] }\n`;
    const levels = (...keys: string[]) => auditFiles({ "a.yaml": pod(...keys) }).findings.map(({ level }) => level);
    assert.deepEqual(levels("rootUser"), ["note"]);
    assert.deepEqual(levels("rootUser", "access-key"), ["warning"]);
  });

  it("weighs what is in tests, samples and pipelines as a note", () => {
    const files = {
      "ci/a.yaml": "a: { password: hunter2 }\n",
      "docs/b.yaml": "b: { password: hunter2 }\n",
      "c.yaml": "c: { password: hunter2 }\n",
    };
    assert.deepEqual(
      auditFiles(files).findings.map(({ file, level }) => `${file} ${level}`),
      ["c.yaml warning", "ci/a.yaml note"],
    );
  });

  it("is linear: a long line with many names, quotes, braces and colons takes no longer than its length", () => {
    const parts = [
      "password=a ",
      "a://b:",
      "a.b.",
      "1.",
      'x="',
      "{{ ",
      "eyJ-",
      "--secret-name ",
      "-v1",
      "$(",
      "${a:-",
      "ref+",
      "@Microsoft.KeyVault(",
      "[",
      "{ a: ",
      "-----BEGIN A ",
      '\\"',
    ];
    for (const part of parts) {
      const text = part.repeat(Math.ceil(300_000 / part.length));
      const started = process.cpuUsage();
      auditFiles({ "a.yaml": `token: ${JSON.stringify(text)}\n`, "b.yaml": `x: |\n  ${text}\n`, "c.yaml": text, "d.tpl": text });
      const { user } = process.cpuUsage(started);
      assert.ok(user < 5_000_000, `${part}: ${Math.round(user / 1000)} ms`);
    }
  });
});

describe("the audit's baseline, when lines move", () => {
  const deployment = (...variables: string[]) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec:\n  template:\n    spec:\n      containers:\n        - name: c\n          env:\n${variables
      .map((one) => `            - ${one}\n`)
      .join("")}`;
  const ACCEPTED = "{ name: DB_PASSWORD, value: Tr0ub4dor-3 }";
  const { traced } = auditTracedFiles({ "d.yaml": deployment(ACCEPTED) });
  const baseline = () => {
    const read = readBaseline(writeBaseline(traced, undefined, TODAY, "a demo"), "audit-baseline.yaml");
    assert.ok(!("problems" in read));
    return read;
  };
  const left = (...variables: string[]) =>
    auditFiles({ "d.yaml": deployment(...variables) }, baseline()).findings.map(({ field }) => field.split(".").at(-1));

  it("a variable before the accepted one is a finding, and the accepted one is none", () => {
    assert.deepEqual(left("{ name: API_TOKEN_PASSWORD, value: N3w-Secret-9 }", ACCEPTED), ["env[API_TOKEN_PASSWORD]"]);
  });

  it("another literal in the accepted one's place is a finding, at least 9 times of 10", () => {
    const told = Array.from({ length: 20 }, (_, index) => left(`{ name: DB_PASSWORD, value: Other-${index}-x }`).length);
    assert.ok(told.filter((count) => count === 1).length >= 18, told.join());
  });

  it("says too little of a value to tell which of a list it was", () => {
    const text = writeBaseline(traced, undefined, TODAY, "a demo");
    assert.match(text, /value: "?[0-9a-f]{2}"?\n/);
    const nonce = /nonce: "?([0-9a-f]+)/.exec(text)![1]!;
    assert.notEqual(/nonce: "?([0-9a-f]+)/.exec(writeBaseline(traced, undefined, TODAY))![1], nonce, "each file has a salt of its own");
  });

  it("says how many of its entries accept nothing any more", () => {
    assert.equal(auditFiles({ "d.yaml": deployment("{ name: A, value: b }") }, baseline()).unused, 1);
    assert.equal(auditFiles({ "d.yaml": deployment(ACCEPTED) }, baseline()).unused, 0);
  });
});
