import * as assert from "node:assert/strict";
import { LOGIN_ANNOTATION, SERVICE_LABEL } from "../../components/marks";
import type { Step } from "../../review/preview";
import { step, told } from "../support/previews";

const ENDS = "logins fail from when CloudNativePG applies the new one until pods have read it";

/** A login's password that is replaced, with its Secret. */
function newPassword(object: string, secret = `${object}-db-role`): Step[] {
  const inputs = { metadata: { name: secret, namespace: "apps", labels: { [SERVICE_LABEL]: "platform" } }, data: "[secret]" };
  const within = { parents: ["RoleLogin"], parent: object };
  return [
    step("random:index/randomPassword:RandomPassword", `${object}-password`, { ...within, op: "replace", old: {}, new: {} }),
    step("kubernetes:core/v1:Secret", `${object}-role`, { ...within, old: { inputs }, new: { inputs }, paths: ["data.password"] }),
  ];
}

/** What `platform` reads, which names these logins. */
function application(before?: string, after?: string, rest: { op?: string; paths?: string[] } = {}): Step {
  const state = (login?: string) => ({
    inputs: {
      metadata: {
        name: "platform-db-credentials",
        namespace: "apps",
        labels: { [SERVICE_LABEL]: "platform" },
        annotations: login === undefined ? {} : { [LOGIN_ANNOTATION]: login },
      },
      data: "[secret]",
    },
  });
  const within = { parents: ["ApplicationCredential"], parent: "platform" };
  return step("kubernetes:core/v1:Secret", "platform", {
    ...within,
    paths: ["data.password"],
    ...rest,
    old: state(before),
    new: state(after),
  });
}

const RESTARTS_NOTHING = "nothing is restarted, pods have to read the Secret again";
const IN_PLACE = [
  `destroys: \`platform\` (role \`platform\`): the password in use ends: ${ENDS}`,
  `passwords: \`platform\` (role \`platform\`): a new password in place, proven by a login afterwards; ${RESTARTS_NOTHING}`,
];

describe("review: logins", () => {
  it("a password in use that is replaced", () => {
    assert.deepEqual(told([...newPassword("platform"), application("platform", "platform")]), IN_PLACE);
  });

  it("the same where the Secret did not say who logged in: that may have been the same login", () => {
    assert.deepEqual(told([...newPassword("platform"), application(undefined, "platform")]), IN_PLACE);
  });

  it("a turn, and a turn that takes the password of the login before with it", () => {
    const turn = [...newPassword("platform-b"), application("platform_a", "platform_b")];
    const staged = `passwords: \`platform\` (\`platform_a\` → \`platform_b\`): a new password, of the login whose turn it is; proven first, and the one before works until it is retired: no login fails; ${RESTARTS_NOTHING}`;
    assert.deepEqual(told(turn), [staged]);
    assert.deepEqual(told([...turn, ...newPassword("platform-a")]), [
      "destroys: `platform` (role `platform_a`): the password in use ends",
      staged,
    ]);
  });

  it("a turn that is taken back, with the password that the login had", () => {
    assert.match(told([application("platform_b", "platform_a")])[0]!, /^passwords: .*: the other login takes its turn; proven first/);
  });

  it("a password that is replaced where nothing says whose turn it is", () => {
    const unknown = "destroys: `platform` (role `platform`): a password is replaced, and nothing here says that it is not in use";
    assert.deepEqual(told(newPassword("platform")), [unknown]);
  });

  it("a password that is not in use", () => {
    assert.deepEqual(told([...newPassword("platform-b"), application("platform_a", "platform_a", { paths: ["metadata.annotations.x"] })]), [
      "passwords: `platform` (role `platform_b`): the password of a login that is not in use ends",
    ]);
  });

  it("a Secret that is deleted and made again", () => {
    assert.deepEqual(
      told([application("platform", "platform", { op: "replace", paths: [] })])[0],
      "destroys: `platform` (Secret `platform-db-credentials`): a Secret is deleted and made again: applications find it missing in between",
    );
  });

  it("other keys, or only labels", () => {
    const secret = (paths: string[]) => told([application("platform", "platform", { paths })]);
    assert.deepEqual(secret(["data.host"]), [
      "secrets: `platform` (Secret `platform-db-credentials`): other keys or addresses in the Secret, the same password",
    ]);
    assert.deepEqual(secret(["metadata.labels.team"]), ["secrets: `platform` (Secret `platform-db-credentials`): labels and annotations"]);
  });

  it("what the engine does with it that nobody knows", () => {
    assert.deepEqual(told([application("platform", "platform", { op: "transmogrify" })]), [
      "destroys: Secret `apps/platform-db-credentials`: `transmogrify`, for which there is no word here",
    ]);
  });
});
