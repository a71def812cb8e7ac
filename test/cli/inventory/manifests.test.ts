import * as assert from "node:assert/strict";
import fc from "fast-check";
import { readManifests } from "../../../cli/inventory/manifests";

const VALUE = "hunter2-the-value";
const read = (...lines: string[]) => readManifests(lines.join("\n"), "f.yaml");
const secret = (line: number, rest: object = {}) => ({ kind: "Secret", name: "a", where: `f.yaml:${line}`, keys: [], ...rest });

describe("cli/inventory/manifests", () => {
  it("reads Secrets and SealedSecrets, by their keys", () => {
    const { secrets, unread } = read(
      "apiVersion: v1",
      "kind: Secret",
      "metadata: { name: a, namespace: apps }",
      "type: Opaque",
      `data: { b: ${VALUE} }`,
      `stringData: { a: ${VALUE}, b: ${VALUE} }`,
      "---",
      "# a comment",
      "kind: SealedSecret",
      "metadata: { name: s }",
      `spec: { encryptedData: { k: ${VALUE} } }`,
    );
    assert.deepEqual(secrets, [
      secret(1, { namespace: "apps", type: "Opaque", keys: ["a", "b"] }),
      { kind: "SealedSecret", name: "s", where: "f.yaml:9", keys: ["k"] },
    ]);
    assert.deepEqual(unread, []);
  });

  it("reads ExternalSecrets and PushSecrets, by what they write and copy", () => {
    const { links } = read(
      "- kind: ExternalSecret",
      "  metadata: { name: e }",
      "  spec: { target: { name: a } }",
      "- { kind: ExternalSecret, metadata: { name: b }, spec: {} }",
      "- { kind: ExternalSecret, metadata: { name: n }, spec: { target: { creationPolicy: None } } }",
      "- { kind: PushSecret, metadata: { name: p }, spec: { selector: { secret: { name: a } }, data: [{ match: { remoteRef: { remoteKey: x/y } } }] } }",
    );
    assert.deepEqual(links, [
      { kind: "ExternalSecret", name: "e", secret: "a", remoteKeys: [], where: "f.yaml:1" },
      { kind: "ExternalSecret", name: "b", secret: "b", remoteKeys: [], where: "f.yaml:4" },
      { kind: "PushSecret", name: "p", secret: "a", remoteKeys: ["x/y"], where: "f.yaml:6" },
    ]);
  });

  for (const [what, ...lines] of [
    ["a list of Kubernetes'", "kind: List", "items: [{ kind: Secret, metadata: { name: a } }]"],
    ["JSON", '{"kind":"Secret","metadata":{"name":"a"}}'],
    ["anchors", "x: &m { name: a }", "kind: Secret", "metadata: *m"],
    ["a list in a list", '[[{"kind":"Secret","metadata":{"name":"a"}}]]'],
    [
      "a template's steps",
      "{{- if .Values.on }}",
      "kind: Secret",
      "metadata:",
      "  name: a",
      "  {{- with .Values.labels }}",
      "  labels:",
      "    {{- toYaml . | nindent 4 }}",
      "  {{- end }}",
      "{{- end }}",
    ],
    ["a template's step over several lines", "{{- /*", "a comment: with kind", "*/ -}}", "kind: Secret", "metadata: { name: a }"],
    ["two branches with one key", "kind: Secret", "metadata:", "{{ if x }}", "  name: a", "{{ else }}", "  name: a", "{{ end }}"],
  ] as const)
    it(`reads ${what}`, () => {
      const { secrets, unread } = read(...lines);
      assert.deepEqual([secrets.map(({ name, kind }) => `${kind} ${name}`), unread], [["Secret a"], []]);
    });

  it("leaves open what a template says only later: a value, a namespace, a type; a name it cannot do without", () => {
    const { secrets, unread } = read(
      "kind: Secret",
      "metadata: { name: a, namespace: '{{ .Release.Namespace }}' }",
      "type: {{ .Values.type }}",
      "stringData:",
      "  password: {{ .Values.password | quote }}",
      "---",
      "kind: Secret",
      'metadata: { name: "{{ .Release.Name }}-db" }',
    );
    assert.deepEqual(secrets, [secret(1, { keys: ["password"] })]);
    assert.deepEqual(unread, ["line 7: the name of a Secret is rendered later"]);
  });

  it("says where it cannot read, goes on with the next document, and repeats nothing", () => {
    const { secrets, unread } = read(
      "kind: Secret",
      `stringData: [${VALUE}`,
      "---",
      "kind: Secret",
      `stringData: { password: !${VALUE}^ x }`,
      "---",
      "kind: Secret",
      "metadata: { name: a }",
      // An alias of nothing is nothing.
      `stringData: { password: *${VALUE} }`,
    );
    assert.deepEqual(
      unread.map((line) => line.replace(/\(.+\)$/, "()")),
      ["line 3: no YAML ()", "line 5: no YAML ()"],
    );
    assert.deepEqual(secrets, [secret(7, { keys: ["password"] })]);
    assert.ok(!JSON.stringify([secrets, unread]).includes(VALUE));
  });

  it("says so of a template that is no YAML without its steps", () => {
    const { unread } = read("kind: Secret", "metadata:", "  name: a", " {{ if x }}foo", "bar: [{{ end }}");
    assert.match(unread.join(), /^line \d: a template that is not YAML \([a-z ]+\)$/);
  });

  it("takes no longer for lists of lists than for what is written", () => {
    const names = Array.from({ length: 40 }, (_, index) => `a${index}`);
    const lists = names.map(
      (name, index) => `  - &${name} [${index === 0 ? "{ kind: Secret, metadata: { name: a } }" : `*a${index - 1}, *a${index - 1}`}]`,
    );
    assert.deepEqual(read("kind: List", "items:", ...lists), { secrets: [secret(3)], links: [], unread: [] });
  });

  it("takes nothing for a template whose action has no end, or for what is nested without end", () => {
    for (const text of ["a: {{ b", `a: ${"[".repeat(5000)}`, `a: ${"{{".repeat(5000)}`]) {
      const { secrets, unread } = read("kind: Secret", "metadata: { name: a }", text);
      assert.deepEqual([secrets, unread.length], [[], 1]);
    }
  });

  it("reads anything without a failure, and no value of what it reads", () => {
    const kind = fc.constantFrom("Secret", "SealedSecret", "ExternalSecret", "PushSecret");
    fc.assert(
      fc.property(kind, fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (of, metadata, spec, items) => {
        readManifests(JSON.stringify({ kind: of, metadata, spec, items, data: spec, type: items }), "f.json");
        readManifests(JSON.stringify({ kind: `${of}List`, items }), "f.json");
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void readManifests(`kind: Secret\n${text}`, "f.yaml")));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constant(VALUE)), (data) => {
        const facts = readManifests(JSON.stringify({ kind: "Secret", metadata: { name: "a" }, data }), "f.json");
        assert.deepEqual(facts.secrets[0]?.keys, Object.keys(data).sort());
        assert.ok(!JSON.stringify(facts).includes(VALUE));
      }),
    );
  });
});
