import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { property } from "../../../cli/review/properties";
import { renderJson, renderMarkdown } from "../../../cli/review/render";
import { reviewOf, step, type StepOptions } from "../../support/previews";

/**
 * What stands in a property that nobody expects it in. Marked, so that it is found in whatever
 * becomes of it.
 */
const PLANTED = "hunter2";
const planted = fc.string({ maxLength: 12 }).map((rest) => `${PLANTED}${rest}`);
const key = fc.constantFrom(
  "data",
  "stringData",
  "password",
  "url",
  "args",
  "env",
  "comment",
  "server",
  "parameters",
  "pg_hba",
  "result",
  "dataJson",
  "roles",
  "x",
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, planted, fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(key, tie("any"), { maxKeys: 3 })),
})).any;
const annotations = fc.dictionary(
  fc.constantFrom("kubectl.kubernetes.io/last-applied-configuration", "note", "cnpg-credentials/owner"),
  planted,
);

/** Properties of any shape, with the names that there have to be. */
const inputs = fc.record({
  metadata: fc.record({
    name: fc.constant("it"),
    namespace: fc.constant("apps"),
    annotations,
    labels: fc.dictionary(fc.constant("team"), planted),
  }),
  spec: fc.dictionary(
    fc.constantFrom(
      "data",
      "template",
      "managed",
      "postgresql",
      "provider",
      "conditions",
      "bootstrap",
      "backup",
      "schemas",
      "comment",
      "resources",
    ),
    value,
  ),
  data: value,
  stringData: value,
  result: planted,
  dataJson: planted,
});

const TYPES = [
  ...["Cluster", "Database", "DatabaseRole", "ScheduledBackup", "PoolerPatch"].map((kind) => `kubernetes:postgresql.cnpg.io/v1:${kind}`),
  ...["core/v1:Secret", "core/v1:ConfigMap", "batch/v1:Job", "apps/v1:DeploymentPatch", "apps/v1:StatefulSet"].map(
    (kind) => `kubernetes:${kind}`,
  ),
  ...["v1:ExternalSecret", "v1:ClusterSecretStore", "v1alpha1:PushSecret"].map((kind) => `kubernetes:external-secrets.io/${kind}`),
  ...["random:index/randomPassword:RandomPassword", "vault:kv/secretV2:SecretV2", "azure-native:keyvault:Key", "acme:index:Thing"],
  ...["pulumi:index:Stash", "pulumi:providers:kubernetes"],
];
const PARENTS = [[], ["RoleLogin"], ["ApplicationCredential"], ["Restarts"], ["Vault"], ["Gate"], ["CredentialMirror"]];

const options: fc.Arbitrary<StepOptions> = fc.record(
  {
    op: fc.constantFrom("create", "update", "replace", "delete", "same", "import", "discard"),
    parents: fc.constantFrom(...PARENTS),
    old: fc.record({ inputs, protect: fc.boolean(), retainOnDelete: fc.boolean() }),
    new: fc.record({ inputs }),
  },
  { requiredKeys: ["op", "parents"] },
);
const steps = fc.array(
  fc.tuple(fc.constantFrom(...TYPES), options).map(([type, given]) => step(type, "it", given)),
  { maxLength: 6 },
);

describe("review: values", () => {
  it("tells no property but those that it may, whatever stands in the others", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const found = reviewOf(given);
        for (const text of [renderMarkdown(found), renderMarkdown(found, { all: true }), renderJson(found)])
          assert.ok(!text.includes(PLANTED), text);
      }),
      { numRuns: 400 },
    );
  });

  it("tells one that it may only where it looks like what it is to be", () => {
    const told = (name: unknown) => property({ metadata: { name } }, "metadata.name");
    assert.equal(told("platform-db-credentials"), "platform-db-credentials");
    for (const odd of [
      "two words",
      "`code`",
      "@somebody",
      "<b>",
      "postgres://app:hunter2@pg/app",
      "-----BEGIN PRIVATE KEY-----",
      "a".repeat(121),
      "[secret]",
      {},
      null,
    ])
      assert.equal(told(odd), undefined, JSON.stringify(odd));
    // Not known before an `up`.
    assert.equal(told("04da6b54-80e4-46f7-96ec-b56ff0331ba9"), undefined);
  });

  it("takes a path that is not among those that may be told for a mistake", () => {
    assert.throws(
      () => property({ data: { password: "x" } }, "data.password"),
      /data\.password is not among the properties that a review shows/,
    );
  });

  it("needs a name for everything: where there is none that may be told, it is the program's, or none", () => {
    const bucket = (name: string) => reviewOf([step("acme:index:Bucket", name, { old: {} })]).sections[0]!.entries[0]!.who;
    assert.deepEqual([bucket("own-name"), bucket("<odd name>")], ["Bucket `own-name`", "Bucket `?`"]);
  });
});
