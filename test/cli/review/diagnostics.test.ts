import * as assert from "node:assert/strict";
import { readSaid } from "../../../cli/review/diagnostics";
import { golden } from "../../support/golden";
import { markdownOf, reviewOf, step } from "../../support/previews";
import { exitCode } from "../../../cli/review/report";

const error = (message: string, urn?: string) => ({ severity: "error", message: `error: ${message}\n`, ...(urn && { urn }) });
const warning = (message: string) => ({ severity: "warning", message: `warning: ${message}\n` });
const PROTECTED = `Preview failed: resource "urn:pulumi:prod::p::kubernetes:postgresql.cnpg.io/v1:Cluster::pg" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect 'x'\``;

describe("review: what is said of a preview", () => {
  it("why it failed, a problem a line, and not that it did", () => {
    const problems =
      "Cluster of stack prod: 2 problems, nothing was changed\n  - cluster.storage: too small; make it larger\n  - context: no answer; see";
    const { errors } = readSaid({ diagnostics: [error(problems), error("preview failed")] });
    assert.deepEqual(errors, [
      "Cluster of stack prod: 2 problems, nothing was changed",
      "cluster.storage: too small; make it larger",
      "context: no answer; see",
    ]);
    const rest = reviewOf([], { diagnostics: [error(problems)] });
    assert.deepEqual([rest.verdict, exitCode(rest)], ["failed", 2]);
  });

  it("what the API server has refused, without the engine's words around it", () => {
    const refused = "Preview failed: 1 error occurred:\n\t* the Kubernetes API server reported that it is immutable\n\n";
    assert.deepEqual(readSaid({ diagnostics: [error(refused), error("preview failed")] }).errors, [
      "the Kubernetes API server reported that it is immutable",
    ]);
  });

  it("that it did, where nothing else says so", () => {
    assert.deepEqual(readSaid({ diagnostics: [error("preview failed")] }).errors, ["preview failed"]);
  });

  it("what is protected, in other words than the engine's, and what would have been destroyed", () => {
    const gone = step("kubernetes:postgresql.cnpg.io/v1:Cluster", "pg", {
      old: { protect: true, inputs: { metadata: { name: "pg", namespace: "apps" } } },
    });
    const text = markdownOf([gone], { diagnostics: [error(PROTECTED, gone.urn), error("preview failed")], counts: { delete: 1 } });
    assert.match(text, /^## prod: the preview failed\n\nResources: 1 deleted\./);
    assert.match(text, /### Why it failed\n- Cluster pg is protected.*`cluster\.protection: none`/);
    assert.match(text, /### Destroys\n- Cluster `apps\/pg`: deleted/);
    golden("review", "a Cluster that is protected", text);
  });

  it("what takes the protection of a service's Secret away", () => {
    const urn = "urn:pulumi:prod::p::x:index:ApplicationCredential$kubernetes:core/v1:Secret::agents";
    const { errors } = readSaid({ diagnostics: [error(PROTECTED, urn)] });
    assert.match(errors.join(), /^Secret agents is protected.*`services\.<service>\.protection: none`/);
  });

  it("warnings once, above everything, and so many that what is destroyed stays in sight", () => {
    const diagnostics = [
      ...Array.from({ length: 60 }, (_, index) => warning(`the password of service-${index} is 100 days old`)),
      warning("twice"),
      warning("twice"),
    ];
    const text = markdownOf([step("acme:index:Bucket", "it", { old: {} })], { diagnostics });
    assert.equal(readSaid({ diagnostics }).warnings.filter((line) => line === "twice").length, 1);
    assert.match(text, /### Warnings\n(- .*\n){3}- and 58 more\n\n### Destroys\n- Bucket `it`: deleted$/);
  });

  it("broken rules, those that must not be first; they are why it failed", () => {
    const violation = (rule: string, mandatory: boolean) => ({
      rule,
      mandatory,
      message: `What the rule is for.\nSecret apps/x: it is wrong; mend it\n`,
    });
    const diagnostics = [error("preview failed")];
    const refused = reviewOf([], { diagnostics, violations: [violation("names", false), violation("one-writer", true)] });
    assert.deepEqual(refused.said.violations, [
      "`one-writer`: Secret apps/x: it is wrong; mend it",
      "`names` (advisory): Secret apps/x: it is wrong; mend it",
    ]);
    assert.deepEqual([refused.said.errors, exitCode(refused)], [[], 2]);
    assert.match(
      markdownOf([], { diagnostics, violations: [violation("one-writer", true)] }),
      /^## prod: breaks rules of the policy pack\n\n.* Policy pack: 1 violation\.$/m,
    );
    assert.equal(exitCode(reviewOf([], { violations: [violation("names", false)] })), 0);
    assert.match(markdownOf([], { violations: [] }), /Policy pack: no rule is broken\.$/);
  });

  it("no credential that a provider repeats, no markup, and nobody's attention", () => {
    const said = (message: string) => readSaid({ diagnostics: [warning(message)] }).warnings.join("\n");
    assert.equal(said("refused postgres://app:hunter2abc@pg/app as it is"), "refused (left out) as it is");
    assert.equal(said('invalid value "password: Zx81kQ0pLm2v"'), 'invalid value "(left out)');
    const key = `-----BEGIN PRIVATE KEY-----\n${"abcdEFGH1234".repeat(5)}\n${"wxyzEFGH1234".repeat(5)}`;
    assert.equal(said(`cannot parse ${key}\nas a key`), "cannot parse (left out)");
    assert.equal(
      said("the password of platform is 91 days old, and 90 are allowed: `npm run rotate -- platform`"),
      "the password of platform is 91 days old, and 90 are allowed: `npm run rotate -- platform`",
    );
    assert.equal(said("<img src=x> @everybody\u001b[31m"), "‹img src=x› @\u200beverybody\\u{1b}[31m");
    assert.equal(said("role\tapp\u00a0is \u202enimda\u200b"), "role app is \\u{202e}nimda\\u{200b}");
    assert.equal(said("urn:pulumi:prod::p::a:b:C$kubernetes:core/v1:Secret::x is odd"), "Secret x is odd");
  });
});
