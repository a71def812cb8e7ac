import assert from "node:assert/strict";
import fc from "fast-check";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { audit } from "../../cli/audit";
import { judgeName } from "../../manifests/credentials/names";
import { LEFT_OUT, PATTERN_LEADS } from "../../manifests/credentials/patterns";
import { LeadReader, Leads } from "../../manifests/objects/leads";
import { knownMakers, readMakers, type Makers } from "../../manifests/objects/makers";
import { visit } from "../../manifests/objects/visit";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { auditFiles, corpusOf, PARTS, TODAY } from "../support/audited";

const reader = new LeadReader(knownMakers());

describe("leads", () => {
  it("are in every text that has a name of a credential", () => {
    const words = fc.constantFrom(
      ..."pass password passwd passwrd passphrase passwort kennwort passcode pwd pswd pw token secret apikey bearer jwt pat credential credentials creds salt pepper cookie dsn authkey key keys tokens secrets api access private ssh tls ca client server value data base64 b64 a b old prod 1 path pattern db app".split(
        " ",
      ),
    );
    const styles: ((words: string[]) => string)[] = [
      (all) => all.join("_"),
      (all) => all.join("-"),
      (all) => all.join(".").toUpperCase(),
      (all) => all.join("_").toUpperCase(),
      (all) => all.map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join(""),
      (all) => all.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(""),
    ];
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 4 }), fc.constantFrom(...styles), (all, style) => {
        const name = style(all);
        if (judgeName(name) !== "none") assert.ok(!reader.read(`${name}: x`).isEmpty, name);
      }),
      { numRuns: 3_000 },
    );
  });

  it("are not in what most files are of", () => {
    const plain =
      "apiVersion: v1\nkind: Service\nmetadata: { name: app, labels: { path: x } }\nspec:\n  ports: [{ name: http, port: 80 }]\n  selector: { key: value, PATH: /bin }\n";
    assert.ok(reader.read(plain).isEmpty);
  });

  it("know every rule of secretlint's that is asked", () => {
    const asked = (rules as unknown as { meta: { id: string } }[])
      .map(({ meta }) => meta.id.replace("@secretlint/secretlint-rule-", ""))
      .filter((rule) => !LEFT_OUT.has(rule));
    assert.deepEqual(Object.keys(PATTERN_LEADS).sort(), asked.sort());
  });

  it("know whoever makes Secrets, those of a user's file too", () => {
    const text = "objects: [{ kind: Warehouse, makes: [x] }]\nfields: [spec.outputs.name]\ncharts: [{ chart: depot, makes: [x] }]\n";
    const makers = readMakers({ text, file: "makers.yaml" }) as Makers;
    const own = new LeadReader(makers);
    for (const one of ["kind: Warehouse\n", "spec: { outputs: { name: x } }\n", '{ "chart": "repo/depot" }\n', "kind: Kafka\n"])
      assert.ok(!own.read(one).isEmpty, one);
    assert.ok(reader.read("kind: Warehouse\n").isEmpty);
  });

  it("spare the parts of a document that have none", () => {
    const text = "kind: Service\napiVersion: v1\nmetadata: { name: a }\n---\nkind: Secret\napiVersion: v1\nmetadata: { name: b }\n";
    const seen: string[] = [];
    const scope = { file: "a.yaml", chart: undefined, lineOf: lineCounter(text), text, leads: reader.read(text) };
    for (const document of parseDocuments(text).documents)
      visit(document, "other", scope, {
        manifest: ({ kind }) => void seen.push(kind),
        literal: () => undefined,
        reference: () => undefined,
      });
    assert.deepEqual(seen, ["Secret"]);
  });

  it("are of no use where a part of a file stands in another place: aliases, and lines that begin with an action", () => {
    for (const [files, line] of [
      [{ "a.yaml": "x: &one { a: Tr0ub4dor-3 }\nDB_PASSWORD: *one\nlist:\n  - &two Tr0ub4dor-4\npassword: *two\n" }, 5],
      [{ "templates/a.yaml": '{{- if and .Values.something.rather.long .Values.more }}password: "Tr0ub4dor-3"{{ end }}\n' }, 1],
    ] as const)
      assert.deepEqual(
        auditFiles(files).findings.map((one) => one.line),
        [line],
      );
  });

  it("change nothing of what is found", () => {
    const everywhere = new Leads([0], true, true);
    const read = Object.getOwnPropertyDescriptor(LeadReader.prototype, "read")!;
    const reports = () => [
      ...PARTS.map((part) => audit({ paths: ["."], directory: corpusOf(part), root: corpusOf(part), today: TODAY })),
      audit({ paths: ["."], directory: `${corpusOf("dev")}/../cases`, root: corpusOf("dev"), today: TODAY }),
    ];
    const fast = reports();
    try {
      LeadReader.prototype.read = () => everywhere;
      assert.deepEqual(fast, reports());
    } finally {
      Object.defineProperty(LeadReader.prototype, "read", read);
    }
    assert.ok(fast.every(({ findings }) => findings.length > 0));
  });

  it("say what cannot be parsed, where nothing else is of any weight", () => {
    const large = `[${"1,".repeat(10_000)}1]`;
    const { unparsable } = auditFiles({ "a.yaml": "a: [\n", "b.json": large, "c.json": `${large}]` });
    assert.deepEqual(
      unparsable.map(({ file }) => file),
      ["a.yaml", "c.json"],
    );
  });
});
