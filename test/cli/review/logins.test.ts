import * as assert from "node:assert/strict";
import { withProfiles } from "../../../catalog/profiles";
import { LOGIN_ANNOTATION, SERVICE_LABEL, TLS_ANNOTATION } from "../../../kube/marks";
import type { Step } from "../../../cli/review/preview";
import { SHOP } from "../../support/profiles";
import { step, told } from "../../support/previews";
import { telling, type Told } from "../../support/told";

/** A login's password that is replaced, with its Secret. */
function newPassword(object: string, secret = `${object}-db-role`, op: "replace" | "create" = "replace"): Step[] {
  const inputs = { metadata: { name: secret, namespace: "apps", labels: { [SERVICE_LABEL]: "platform" } }, data: "[secret]" };
  const within = { parents: ["RoleLogin"], parent: object };
  return [
    step("random:index/randomPassword:RandomPassword", `${object}-password`, {
      ...within,
      op,
      ...(op === "replace" ? { old: {} } : {}),
      new: {},
    }),
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

const IN_PLACE: Told[] = [
  ["destroys: `platform` (role `platform`)", "the password in use ends", "logins fail"],
  ["passwords: `platform` (role `platform`)", "a new password in place", "nothing is restarted"],
];

describe("review: logins", () => {
  const tell = telling("review", "logins");
  it("a password in use that is replaced", () => {
    tell(told([...newPassword("platform"), application("platform", "platform")]), IN_PLACE);
  });

  it("a profile that appears, and what it may do in whose database", () => {
    const name = "shop-reader";
    const of = (secret: string) => ({
      inputs: { metadata: { name: secret, namespace: "apps", labels: { [SERVICE_LABEL]: name } }, data: "[secret]" },
    });
    const login = { parents: ["RoleLogin"], parent: name, op: "create" };
    const steps = [
      step("random:index/randomPassword:RandomPassword", `${name}-password`, { ...login, new: {} }),
      step("kubernetes:core/v1:Secret", `${name}-role`, { ...login, new: of(`${name}-db-role`) }),
      step("kubernetes:core/v1:Secret", name, {
        parents: ["ApplicationCredential"],
        parent: name,
        op: "create",
        new: of(`${name}-db-auth`),
      }),
    ];
    tell(told(steps, withProfiles([SHOP])), [
      [`passwords: \`${name}\` (Secret \`${name}-db-auth\`)`, "a first password"],
      ["databases: role `shop_reader`", "may read what is in the database shop", "change nothing"],
    ]);
  });

  it("a profile that becomes another one", () => {
    const proof = (...env: { name: string; value: string }[]) => ({ inputs: { spec: { template: { spec: { containers: [{ env }] } } } } });
    const rights = (tables: string) => [
      { name: "PROFILE", value: "shop_writer" },
      { name: "TABLES", value: tables },
    ];
    const job = (before: object, after: object) =>
      step("kubernetes:batch/v1:Job", "shop-writer-proof", {
        parents: ["ApplicationCredential"],
        parent: "shop-writer",
        op: "replace",
        old: before,
        new: after,
      });
    const toldOf = (before: object, after: object) => told([job(before, after)], withProfiles([SHOP]));
    const reader = proof(...rights("SELECT"));
    const writer = proof(...rights("SELECT\nINSERT"));
    tell(toldOf(reader, writer), [
      ["databases: role `shop_writer`", "other rights: from now on it may read and write what is in the database shop"],
      ["other: `shop-writer`", "proven again by a login"],
    ]);
    assert.equal(toldOf(proof({ name: "OWNER", value: "shop" }), writer).length, 2);
    assert.deepEqual(toldOf(writer, writer).length, 1);
  });

  it("a role that is in Postgres already is changed, and not new; nor is its database, nor, perhaps, the Cluster", () => {
    const CNPG = "kubernetes:postgresql.cnpg.io/v1";
    const object = (spec: object) => ({ inputs: { metadata: { name: "platform", namespace: "apps" }, spec } });
    const roles = [
      { name: "platform", login: true, createdb: true, inRoles: ["readers"] },
      { name: "agents", login: true },
    ];
    const cluster = object({ instances: 1, storage: { size: "1Gi" }, managed: { roles } });
    const adopting = step("pulumi:index:Stash", "platform-adopted", { parents: ["RoleLogin"], parent: "platform", op: "create", new: {} });
    const first = newPassword("platform", "platform-db-role", "create").slice(0, 1);
    const steps = (op: "create" | "update") => [
      ...first,
      adopting,
      step(`${CNPG}:Cluster`, "pg", {
        op,
        ...(op === "create" ? {} : { old: object({ instances: 1, storage: { size: "1Gi" } }) }),
        new: cluster,
      }),
      step(`${CNPG}:Database`, "platform", { op: "create", new: object({ name: "platform", owner: "platform" }) }),
    ];
    const changed: Told = [
      "databases: role `platform`",
      "changed, as it is in Postgres already: it has createdb, memberships from then on",
    ];
    const database: Told = ["databases: database `platform`", "taken over as it is"];
    const of = (op: "create" | "update") => told(steps(op)).filter((line) => line.startsWith("databases: "));
    tell(of("update"), [changed, ["databases: role `agents`", "new"], database]);
    tell(of("create"), [changed, ["databases: Cluster `apps/platform`", "new to this stack: 1 instance"], database]);
  });

  it("the same of one that the state has lost: the password is made, and the Secret that is there is changed", () => {
    const lost = newPassword("platform", "platform-db-role", "create");
    tell(told([...lost, application("platform", "platform")]), IN_PLACE);
    tell(told(lost), [["destroys: `platform` (role `platform`)", "a password is replaced", "in use"]]);
  });

  it("the same of one whose Secret the state has lost, too, while the application has one", () => {
    const lost = newPassword("platform", "platform-db-role", "create").map((one) => ({ ...one, op: "create", oldState: null }));
    tell(told([...lost, application("platform", "platform")]), IN_PLACE);
  });

  it("the same where the Secret did not say who logged in: that may have been the same login", () => {
    tell(told([...newPassword("platform"), application(undefined, "platform")]), IN_PLACE);
  });

  it("an application that does not prove Postgres any more", () => {
    const says = (before: string | undefined, after: string) => {
      const { oldState, newState, ...rest } = application("platform", "platform");
      const telling_ = (state: typeof oldState, mode: string | undefined) => {
        const copy = structuredClone(state) as unknown as { inputs: { metadata: { annotations: Record<string, string> } } };
        if (mode !== undefined) copy.inputs.metadata.annotations[TLS_ANNOTATION] = mode;
        return copy as unknown as typeof oldState;
      };
      return told([{ ...rest, oldState: telling_(oldState, before), newState: telling_(newState, after) }]).filter((line) =>
        line.startsWith("destroys"),
      );
    };
    tell(says("verify-full", "require"), [
      ["destroys: `platform` (`verify-full` → `require`)", "protection is removed", "any server that answers"],
    ]);
    tell(says("verify-full", "verify-ca"), [["destroys: `platform` (`verify-full` → `verify-ca`)", "does not compare the name"]]);
    for (const [before, after] of [
      ["require", "verify-full"],
      ["require", "require"],
      [undefined, "require"],
    ] as const)
      assert.deepEqual(says(before, after), []);
  });

  it("a turn, and a turn that takes the password of the login before with it", () => {
    const turn = [...newPassword("platform-b"), application("platform_a", "platform_b")];
    const staged: Told = [
      "passwords: `platform` (`platform_a` → `platform_b`)",
      "whose turn it is",
      "no login fails",
      "nothing is restarted",
    ];
    tell(told(turn), [staged]);
    tell(told([...turn, ...newPassword("platform-a")]), [["destroys: `platform` (role `platform_a`)", "the password in use ends"], staged]);
  });

  it("a turn that is taken back, with the password that the login had", () => {
    assert.match(told([application("platform_b", "platform_a")])[0]!, /^passwords: .*: the other login takes its turn; proven first/);
  });

  it("a password that is replaced where nothing says whose turn it is", () => {
    tell(told(newPassword("platform")), [["destroys: `platform` (role `platform`)", "a password is replaced", "in use"]]);
  });

  it("a password that is not in use", () => {
    tell(told([...newPassword("platform-b"), application("platform_a", "platform_a", { paths: ["metadata.annotations.x"] })]), [
      ["passwords: `platform` (role `platform_b`)", "a login that is not in use"],
    ]);
  });

  it("a Secret that is deleted and made again", () => {
    const lines = told([application("platform", "platform", { op: "replace", paths: [] })]);
    tell(lines.slice(0, 1), [["destroys: `platform` (Secret `platform-db-credentials`)", "deleted and made again"]]);
  });

  describe("a Secret in an application's namespace", () => {
    const copy = (op: "create" | "delete" | "update" | "replace") => {
      const inputs = { metadata: { name: "platform-db-credentials", namespace: "web", labels: { [SERVICE_LABEL]: "platform" } } };
      return step("kubernetes:core/v1:Secret", "platform/web", {
        ...{ op, parents: ["ApplicationCredential"], parent: "platform" },
        ...(op === "create" ? {} : { old: { inputs } }),
        ...(op === "delete" ? {} : { new: { inputs } }),
      });
    };
    const who = (section: string) => `${section}: \`platform\` (Secret \`web/platform-db-credentials\`)`;
    const cases: [what: string, op: Parameters<typeof copy>[0], said: Told][] = [
      ["that is new", "create", [who("secrets"), "every account that reads Secrets in that namespace has its credential"]],
      ["that goes", "delete", [who("destroys"), "what reads it there does not begin without it"]],
      ["that is deleted and made again", "replace", [who("destroys"), "find it missing in between"]],
      ["that alone is written again", "update", [who("secrets"), "written again"]],
    ];
    for (const [what, op, said] of cases) it(what, () => tell(told([copy(op)]), [said]));

    it("that changes with a password is told with that, and is not taken for the one that says whose turn it is", () =>
      tell(told([copy("update"), ...newPassword("platform"), application("platform", "platform")]), IN_PLACE));
  });

  it("other keys, or only labels", () => {
    const secret = (paths: string[]) => told([application("platform", "platform", { paths })]);
    const who = "secrets: `platform` (Secret `platform-db-credentials`)";
    tell(secret(["data.host"]), [[who, "the same password"]]);
    tell(secret(["metadata.labels.team"]), [[who, "labels and annotations"]]);
  });

  it("what the engine does with it that nobody knows", () => {
    tell(told([application("platform", "platform", { op: "transmogrify" })]), [
      ["destroys: Secret `apps/platform-db-credentials`", "`transmogrify`"],
    ]);
  });
});
