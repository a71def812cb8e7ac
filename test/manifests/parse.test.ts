import assert from "node:assert/strict";
import fc from "fast-check";
import { blankActions } from "../../manifests/blanks";
import { at, textAt, type Node } from "../../manifests/nodes";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";

function rootOf(text: string): Node {
  const { documents, unparsable } = parseDocuments(text);
  assert.deepEqual(unparsable, []);
  return documents[0]!;
}

const TEMPLATES: readonly [title: string, text: string, path: readonly string[], value: string, line: number][] = [
  ["a value", "a: 1\nb: {{ .Values.b }}\nc: d\n", ["c"], "d", 3],
  ["a value in quotes that has quotes", 'a: "{{ .Values.a | default "x: y" }}"\nb: c\n', ["b"], "c", 2],
  ["branches on lines of their own", "{{- if .a }}\na: b\n{{- else }}\nc: d\n{{- end }}\n", ["c"], "d", 4],
  ["a branch before a key", "a:\n  {{- if .x }}b: c{{ end }}\n  d: e\n", ["a", "d"], "e", 3],
  ["a block that is made, and a line below it", "labels: {{- include `x` . | nindent 2 }}\n  a: b\nc: d\n", ["c"], "d", 3],
  ["an action over several lines", "a: {{ include\n  `x`\n  . }}\nb: c\n", ["b"], "c", 4],
  ["an action over several lines in quotes", "a: '{{ b ||\n    c }}'\nb: c\n", ["b"], "c", 3],
  ["a comment with braces", "{{/* a }} b: [ \n */}}\nb: c\n", ["b"], "c", 3],
  ["one branch quoted", 'a: {{ if .x }}""{{ else }}{{ . }}{{ end }}\nb: c\n', ["b"], "c", 2],
  ["actions that begin a block", "a: |\n    {{- if .x }}\n  text\n    {{- end }}\nb: c\n", ["b"], "c", 5],
  ["a key", "{{ .key }}: 1\nb: c\n", ["b"], "c", 2],
  ["CRLF", "{{- if .x }}\r\na: b\r\n{{- end }}\r\nc: d\r\n", ["c"], "d", 4],
];

describe("parsing", () => {
  for (const [title, text, path, value, line] of TEMPLATES)
    it(`reads a template with ${title}`, () => {
      const root = rootOf(text);
      assert.equal(textAt(root, ...path), value);
      assert.equal(lineCounter(text)(at(root, ...path)!.start), line);
    });

  it("has an action's own text as the value", () =>
    assert.equal(textAt(rootOf('a: {{ .Values.a | default "b" }}\n'), "a"), '{{ .Values.a | default "b" }}'));

  it("leaves every line and every length where it is", () => {
    const line = fc.constantFrom(
      "a: {{ .x }}",
      "{{- if .y }}",
      "{{ end }}",
      "  b: c",
      "- {{ include `x` . }}",
      "{{/* x",
      "*/}}",
      "{{ .a }}: |",
      "",
      "\t{{- with .z }}d: e",
      '"{{"',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), (lines, lineBreak) => {
        const text = lines.join(lineBreak);
        const blanked = blankActions(text);
        assert.equal(blanked.length, text.length);
        assert.equal(blanked.split("\n").length, text.split("\n").length);
      }),
    );
  });

  it("takes an alias for what its anchor names, and a circle for nothing", () => {
    assert.equal(textAt(rootOf("a: &x { b: c }\nd: *x\n"), "d", "b"), "c");
    assert.equal(textAt(rootOf("a: &x { b: c }\nd: { <<: *x, e: f }\n"), "d", "b"), "c");
    assert.equal(textAt(rootOf("a: &x { b: *x }\n"), "a", "b"), undefined);
  });

  it("reads the documents around one that it cannot, and says where it gave up", () => {
    const { documents, unparsable } = parseDocuments("a: 1\n---\nb: [\n---\nc: 2\n");
    assert.deepEqual([documents.length, unparsable.map(({ line }) => line)], [2, [4]]);
  });

  it("repeats nothing of what it cannot read", () => {
    for (const text of ["a: !hunter^2 b\n", "a: !hunter2!x b\n", "%TAG !hunter2! a\n%TAG !hunter2! b\n---\n", 'a: "\\hunter2"\n'])
      for (const { reason } of parseDocuments(text).unparsable) assert.doesNotMatch(reason, /hunter/);
    assert.equal(parseDocuments("a: !hunter^2 b\n").unparsable.length, 1);
  });

  it("reads what Kubernetes' own parser does: brackets that are not indented, tabs in JSON, JSON after JSON", () => {
    assert.equal(textAt(rootOf("a: [\n  b\n]\nc: d\n"), "c"), "d");
    assert.equal(textAt(rootOf('{\n\t"a": "b"\n}\n'), "a"), "b");
    assert.equal(parseDocuments('{ "a": 1 }\n{\n  "b": 2\n}\n').documents.length, 2);
  });

  it("takes no longer for anchors of anchors than for what is written", () => {
    const bomb = `a0: &a0 { x: y }\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} { l: *a${i}, r: *a${i} }`).join("\n")}\n`;
    const started = performance.now();
    assert.equal(parseDocuments(bomb).documents.length, 1);
    assert.ok(performance.now() - started < 1_000);
  });
});
