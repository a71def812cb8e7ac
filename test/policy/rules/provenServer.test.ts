import * as assert from "node:assert/strict";
import { provenServer as rule } from "../../../policy/rules/provenServer";
import { finding, judge, object, UNKNOWN } from "../../support/policy";

const secret = (mode: unknown) =>
  object("core/v1:Secret", "platform-db-credentials", { metadata: { annotations: { "cnpg-credentials/tls-mode": mode } } });
const SUBJECT = "Secret ameide-prod/platform-db-credentials, metadata.annotations.cnpg-credentials/tls-mode";

describe("policy/rules/provenServer", () => {
  const finds = finding(rule);

  it("has nothing against a client that proves Postgres, a Secret that tells no mode, and one that is not known yet", () => {
    const others = [
      object("core/v1:Secret", "vault-tls"),
      object("core/v1:ConfigMap", "x", { metadata: { annotations: { "cnpg-credentials/tls-mode": "prefer" } } }),
    ];
    assert.deepEqual(judge(rule, [secret("verify-full"), secret(UNKNOWN), secret("toString"), ...others]), []);
  });

  for (const [mode, what] of [
    ["require", "gives its password to any server"],
    ["prefer", "speaks without TLS"],
    ["verify-ca", "whatever its name"],
  ] as const)
    it(`tells \`${mode}\`, unless the stack need not prove`, () => {
      finds([secret(mode)], [[SUBJECT, `\`${mode}\``, what]]);
      assert.deepEqual(judge(rule, [secret(mode)], { unprovenStacks: ["prod"] }), []);
    });
});
