import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Cluster } from "../../kube/kinds/cluster";
import { ExternalSecret } from "../../kube/kinds/externalSecret";
import { configurationOf, policyOf } from "../../policy/pack";
import { SECRET_MAKERS } from "../../policy/postgres";
import { CNPG, EXTERNAL_SECRETS } from "../../kube/kinds/groups";
import { kindOf } from "../../policy/resource";
import { rules } from "../../policy/rules";
import type { Rule, Settings } from "../../policy/rule";
import settings from "../../policy/settings.json";
import { UNKNOWN } from "../../policy/values";
import { run } from "../support/program";
import { metadata } from "../../components/metadata";

const ROOT = path.join(__dirname, "../..");

describe("policy: the pack", () => {
  it("has a file and a test for each rule, and a name for each that is its alone", () => {
    const files = (directory: string, ending: string) =>
      fs
        .readdirSync(path.join(ROOT, directory))
        .filter((file) => file.endsWith(ending) && file !== "index.ts")
        .map((file) => file.slice(0, -ending.length))
        .sort();
    const names = rules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(files("policy/rules", ".ts").length, rules.length);
    assert.deepEqual(files("test/policy/rules", ".test.ts"), files("policy/rules", ".ts"));
  });

  it("is described rule by rule", () => {
    const page = fs.readFileSync(path.join(ROOT, "docs/policy.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\w+) +\|/gm)].map(([, name, level]) => [name, level]);
    assert.deepEqual(
      rows,
      rules.map(({ name, level }) => [name, level]),
    );
  });

  it("goes by the versions of Pulumi that the program goes by", () => {
    const versions = (file: string) =>
      (JSON.parse(fs.readFileSync(path.join(ROOT, file), "utf8")) as { dependencies: Record<string, string> }).dependencies;
    const [own, program] = [versions("policy/package.json"), versions("package.json")];
    for (const name of ["@pulumi/pulumi", "sucrase"]) assert.equal(own[name], program[name], name);
    for (const version of Object.values(own)) assert.match(version, /^\d/);
  });

  it("knows kinds by the names that the program has for them", async () => {
    const place = { namespace: "a", stack: "dev", owner: "a/b/dev/c", labels: {}, annotations: {} };
    const spec = {} as never;
    const { resources } = await run(() => {
      new Cluster("a", { metadata: metadata(place, "a"), spec });
      new ExternalSecret("b", { metadata: metadata(place, "b"), spec });
    });
    const groups = resources.map(({ id }) => kindOf({ type: id.split("::")[0]! })?.group);
    assert.deepEqual(groups.sort(), [EXTERNAL_SECRETS.group, CNPG.group].sort());
    for (const type of SECRET_MAKERS) {
      const file = fs
        .readdirSync(path.join(ROOT, "components"), { recursive: true, encoding: "utf8" })
        .filter((one) => one.endsWith(".ts") && fs.readFileSync(path.join(ROOT, "components", one), "utf8").includes(`super("${type}"`));
      assert.equal(file.length, 1, type);
    }
  });

  const level = ({ name }: Rule) => (configurationOf(rules, settings)[name] as { enforcementLevel: string }).enforcementLevel;
  it("has every rule at its level, those with settings too", () => {
    for (const rule of rules) assert.equal(level(rule), rule.level, rule.name);
    assert.deepEqual(
      rules.filter((rule) => rule.level === "advisory").map(({ name }) => name),
      ["proven-server", "names"],
    );
  });

  it("refuses settings of what is no rule", () =>
    assert.throws(() => configurationOf(rules, { "declared-secret": {} }), {
      message: "policy/settings.json: declared-secret: there is no such rule",
    }));

  describe("a rule as a policy", () => {
    // As @pulumi/policy hands over what is not known yet: reading it throws.
    class UnknownValueError extends Error {}
    const props = {
      known: "a",
      list: [1, { inner: true }],
      get later(): never {
        throw new UnknownValueError();
      },
    };
    const urn = "urn:pulumi:dev::project::a:index:A$b:index:B::c";
    const resource = { urn, type: "b:index:B", name: "c", props, opts: { protect: true } };
    const seen: unknown[] = [];
    const report: string[] = [];
    const note = (message: string, of?: string) => void report.push(`${of} ${message}`);
    const common = { name: "a-rule", description: "A rule.", level: "mandatory" } as const;
    const found = { urn, subject: "B c", what: "is wrong", remedy: "mend it" };
    const getConfig = () => ({ a: 1 });
    /** What the engine calls of a policy, by way of @pulumi/policy. */
    type Validate = (args: object, report: typeof note) => void;
    const validateResource = (rule: Rule) => (policyOf(rule) as unknown as { validateResource: Validate }).validateResource;
    const validateStack = (rule: Rule) => (policyOf(rule) as unknown as { validateStack: Validate }).validateStack;
    beforeEach(() => {
      seen.length = 0;
      report.length = 0;
    });

    const expected = {
      urn,
      type: "b:index:B",
      name: "c",
      stack: "dev",
      parents: ["a:index:A"],
      protect: true,
      props: { known: "a", list: [1, { inner: true }], later: UNKNOWN },
    };

    it("judges a resource of those that it concerns, and reports what it finds", () => {
      const check = (one: unknown, given: Settings) => {
        seen.push(one, given);
        return [found];
      };
      const validate = validateResource({ ...common, concerns: (type) => type === "b:index:B", check });
      validate({ ...resource, getConfig }, note);
      validate({ ...resource, type: "other", getConfig }, note);
      assert.deepEqual(seen, [expected, { a: 1 }]);
      assert.deepEqual(report, [`${urn} B c: is wrong; mend it`]);
    });

    it("judges a stack", () => {
      const checkStack = (all: unknown, given: Settings) => {
        seen.push(all, given);
        return [found];
      };
      validateStack({ ...common, checkStack })({ resources: [resource], getConfig }, note);
      assert.deepEqual(seen, [[expected], { a: 1 }]);
      assert.deepEqual(report, [`${urn} B c: is wrong; mend it`]);
    });

    it("passes on what goes wrong", () => {
      const broken = {
        get value(): never {
          throw new Error("broken");
        },
      };
      const validate = validateResource({ ...common, concerns: () => true, check: () => [] });
      assert.throws(() => validate({ ...resource, props: broken, getConfig }, note), /^Error: broken$/);
    });
  });
});
