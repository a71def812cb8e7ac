import assert from "node:assert/strict";
import { useRootToken } from "../../../cli/ceremony/ceremony";
import { bootstrapPolicy } from "../../../cli/ceremony/policy";
import { startFakeVault, type FakeVault } from "../../support/fakeVault";
import { RIGHTS, SET_UP } from "../../support/setUpVault";

const SELF = "GET /v1/auth/token/lookup-self";
const CREATE = "POST /v1/auth/token/create-orphan";
const ROOT = "hvs.root";
const OWNED = { mounts: ["secret"], mount: "secret", fixtures: ["shop/login"], authMount: "kubernetes", policies: ["ameide-vault"] };
const ANSWERS = {
  ...Object.fromEntries(Object.entries(SET_UP).map(([path, body]) => [`GET /v1/${path}`, body])),
  "GET /v1/auth/kubernetes/role?list=true": { data: { keys: ["ameide-vault"] } },
  "GET /v1/sys/policies/acl?list=true": { data: { keys: ["ameide-vault", "cnpg-credentials-bootstrap", "default", "root"] } },
};
const scoped = {
  policies: ["cnpg-credentials-bootstrap"],
  orphan: true,
  renewable: false,
  ttl: 1800,
  expire_time: "2036-01-01T00:00:00.123456789Z",
};

describe("cli/ceremony/ceremony, and a Vault that misbehaves", () => {
  const work = () => ({
    audit: "stdout",
    rights: RIGHTS,
    owned: OWNED,
    recipient: fake.recipients[3],
    tokenSeconds: 1800,
    revokeOthers: false,
  });
  let revoked: boolean;

  let fake: FakeVault;

  /** A Vault that does everything right, with what a test has otherwise. */
  beforeEach(async () => {
    revoked = false;
    const root = { data: { accessor: "A", policies: ["root"], creation_time: 1 } };
    let looks = 0;
    fake = await startFakeVault({
      ...ANSWERS,
      // Of the root token, then of the one that was made, then of the root token again.
      [SELF]: () => (++looks === 2 ? { data: scoped } : revoked ? 403 : root),
      "GET /v1/sys/audit": { data: { "file/": { type: "file", options: { file_path: "stdout" } } } },
      "GET /v1/sys/policies/acl/cnpg-credentials-bootstrap": { data: { policy: bootstrapPolicy(OWNED) } },
      "GET /v1/auth/token/accessors?list=true": { data: { keys: ["A"] } },
      [CREATE]: { auth: { client_token: "hvs.scoped", accessor: "B" } },
      "POST /v1/auth/token/revoke-self": () => {
        revoked = true;
        return 204;
      },
    });
  });

  afterEach(async () => {
    assert.deepEqual(fake.server.unexpected, []);
    await fake.close();
  });

  it("asks for exactly this, and writes down what is encrypted", async () => {
    await useRootToken(fake.context, ROOT, work());
    assert.deepEqual(fake.server.asked.find(({ question }) => question === CREATE)!.body, {
      policies: ["cnpg-credentials-bootstrap"],
      display_name: "cnpg-credentials-bootstrap",
      no_default_policy: true,
      renewable: false,
      ttl: "1800s",
      explicit_max_ttl: "1800s",
    });
    const { bootstrapToken, rootToken, steps } = fake.context.file.record;
    assert.equal(bootstrapToken!.expires, "2036-01-01T00:00:00.123Z");
    assert.equal(rootToken, undefined);
    assert.deepEqual(
      steps.map(({ step }) => step),
      ["root token accepted", "audit", "rights", "policy", "bootstrap token", "root token revoked"],
    );
    for (const secret of [ROOT, "hvs.scoped"]) assert.ok(!(await fake.text()).includes(secret) && !fake.lines.join().includes(secret));
  });

  it("writes who may log in and what for, before it makes a token, and says who else may", async () => {
    const { replies } = fake.server;
    replies["GET /v1/sys/policies/acl/ameide-vault"] = { data: { policy: 'path "*" { capabilities = ["sudo"] }' } };
    replies["PUT /v1/sys/policies/acl/ameide-vault"] = 204;
    replies["GET /v1/auth/kubernetes/role/ameide-vault"] = 404;
    replies["POST /v1/auth/kubernetes/role/ameide-vault"] = 204;
    replies["GET /v1/auth/kubernetes/role?list=true"] = { data: { keys: ["ameide-vault", "backdoor"] } };
    replies["GET /v1/sys/auth"] = { data: { "kubernetes/": { type: "kubernetes" }, "token/": {}, "userpass/": {} } };
    replies["GET /v1/sys/policies/acl?list=true"] = { data: { keys: ["ameide-vault", "all", "root"] } };
    await useRootToken(fake.context, ROOT, work());
    const written = fake.server.asked.filter(({ question }) => /^(PUT|POST)/.test(question)).map(({ question }) => question);
    assert.deepEqual(written.slice(0, 3), ["PUT /v1/sys/policies/acl/ameide-vault", "POST /v1/auth/kubernetes/role/ameide-vault", CREATE]);
    assert.deepEqual(
      fake.lines.filter((line) => line.startsWith("not this stack's")),
      ["method of authentication userpass", "role backdoor of kubernetes", "policy all"].map((one) => `not this stack's: ${one}`),
    );
  });

  for (const [what, change] of Object.entries({
    "more policies": { policies: ["cnpg-credentials-bootstrap", "default"] },
    "a parent": { orphan: false },
    "a life without end": { renewable: true },
    "a longer life": { ttl: 1801 },
  }))
    it(`does not hand over a token with ${what}`, async () => {
      let looks = 0;
      fake.server.replies[SELF] = () =>
        ++looks === 1 ? { data: { accessor: "A", policies: ["root"], creation_time: 1 } } : { data: { ...scoped, ...change } };
      await assert.rejects(useRootToken(fake.context, ROOT, work()), /Vault made a token that is not what was asked for/);
      assert.equal(fake.context.file.record.bootstrapToken, undefined);
      assert.equal(revoked, false);
    });

  it("does not say that the root token is revoked while Vault takes it", async () => {
    fake.server.replies["POST /v1/auth/token/revoke-self"] = 204;
    await assert.rejects(useRootToken(fake.context, ROOT, work()), /Vault was told to revoke the root token, and still takes it/);
    assert.equal(fake.context.file.when("root token revoked"), undefined);
    assert.ok(fake.context.file.record.rootToken);
  });

  it("takes no other refused token for the one that it was about to revoke", async () => {
    fake.server.replies["POST /v1/auth/token/revoke-self"] = 204;
    await assert.rejects(useRootToken(fake.context, ROOT, work()));
    fake.server.replies[SELF] = 403;
    await assert.rejects(useRootToken(fake.context, "hvs.other", work()), /does not know the token on standard input/);
    assert.ok(fake.context.file.record.rootToken);
    await useRootToken(fake.context, ROOT, work());
    assert.equal(fake.context.file.record.rootToken, undefined);
    assert.match(fake.context.file.record.steps.at(-1)!.detail, /^by a run that was ended before it could say so/);
  });

  it("enables the second of two audit devices beside the first", async () => {
    fake.server.replies["POST /v1/sys/audit/file-2"] = 204;
    await useRootToken(fake.context, ROOT, { ...work(), audit: "stdout,/vault/audit/audit.log" });
    const made = fake.server.asked.filter(({ question }) => question.endsWith("/sys/audit/file-2"));
    assert.deepEqual(
      made.map(({ body }) => body),
      [{ type: "file", options: { file_path: "/vault/audit/audit.log" } }],
    );
  });

  it("stops at an audit device of that name that writes to somewhere else, before it does anything", async () => {
    fake.server.replies["GET /v1/sys/audit"] = { data: { "file/": { type: "file", options: { file_path: "/other" } } } };
    await assert.rejects(useRootToken(fake.context, ROOT, work()), /audit device file does not write to stdout/);
    assert.ok(!fake.server.asked.some(({ question }) => question.startsWith("POST")));
  });
});
