import assert from "node:assert/strict";
import type { Ask } from "../../vault/bootstrap/http";
import { kubectl, NAMESPACE, upWith } from "./support/lab";
import { inStep, keyOf, logIn, mirrored, openVault, removeCopies, type OpenVault } from "./support/mirror";
import { restore } from "./support/rotation";
import { apply } from "./support/workloads";

const AGENTS = "agents-db-secret";

describe("the accounts of the mirror in Vault", () => {
  let vault: OpenVault;

  before(async () => {
    vault = await openVault();
    await upWith(mirrored({}));
    await inStep(vault, [AGENTS]);
  });
  after(async () => {
    await restore();
    await removeCopies(vault);
    await vault.close();
  });

  const own = `mirror/data/${keyOf(AGENTS)}`;
  const elsewhere = [
    "secret/data/inference/inference-api-credentials",
    `mirror/data/${keyOf(AGENTS, "another")}`,
    `mirror/data/prod/${NAMESPACE}/${AGENTS}`,
    `mirror/data/dev/${AGENTS}`,
    `mirror/metadata/${keyOf(AGENTS, "another")}`,
  ];
  const system = [
    "sys/mounts",
    "sys/policies/acl/ameide-vault-mirror",
    "auth/kubernetes/role/ameide-vault-mirror",
    "auth/token/lookup",
    "mirror/config",
    "identity/entity/id",
    "cubbyhole/x",
  ];
  const status = async (ask: Ask, method: string, path: string, body?: object) => (await ask(method, `/v1/${path}`, body)).status;
  const value = { data: { password: "x" }, options: { cas: 0 } };

  async function tokenOf(role: string): Promise<Ask> {
    const login = await logIn(vault, role);
    assert.ok("ask" in login, `no login as ${role}`);
    return login.ask;
  }

  it("write below its own path, by versions, and nowhere else", async () => {
    const ask = await tokenOf("ameide-vault-mirror");
    const key = `mirror/data/${keyOf("tried")}`;
    assert.equal(await status(ask, "POST", key, value), 200);
    assert.equal(await status(ask, "POST", key, value), 400, "a version that is not the last");
    assert.equal(await status(ask, "POST", key, { data: {} }), 400, "no version at all");
    assert.equal(await status(ask, "GET", key), 200);
    const denied: [method: string, path: string, body?: object][] = [
      ...elsewhere.flatMap((path): typeof denied => [
        ["GET", path],
        ["POST", path, value],
        ["DELETE", path],
      ]),
      ...system.flatMap((path): typeof denied => [
        ["GET", path],
        ["POST", path, { policy: "" }],
      ]),
      ["GET", `mirror/metadata/dev/${NAMESPACE}?list=true`],
      // What is kept, it cannot remove.
      ["DELETE", key],
      ["DELETE", `mirror/metadata/${keyOf("tried")}`],
      ["POST", `mirror/destroy/${keyOf("tried")}`, { versions: [1] }],
      ["POST", `mirror/undelete/${keyOf("tried")}`, { versions: [1] }],
      ["POST", "auth/token/create", {}],
      ["POST", "sys/seal", {}],
    ];
    for (const [method, path, body] of denied) assert.equal(await status(ask, method, path, body), 403, `${method} ${path}`);
    await vault.root("DELETE", `/v1/mirror/metadata/${keyOf("tried")}`);
  });

  it("read below its own path, change nothing, and see nothing else", async () => {
    const ask = await tokenOf("ameide-vault-mirror-reader");
    assert.equal(await status(ask, "GET", own), 200);
    assert.equal(await status(ask, "GET", `mirror/metadata/dev/${NAMESPACE}?list=true`), 200);
    const denied: [method: string, path: string, body?: object][] = [
      ...[own, `mirror/metadata/${keyOf(AGENTS)}`].flatMap((path): typeof denied => [
        ["POST", path, value],
        ["DELETE", path],
      ]),
      ...elsewhere.flatMap((path): typeof denied => [
        ["GET", path],
        ["POST", path, value],
      ]),
      ...system.map((path): (typeof denied)[number] => ["GET", path]),
      ["GET", "mirror/metadata/dev?list=true"],
      ["POST", "auth/token/create", {}],
    ];
    for (const [method, path, body] of denied) assert.equal(await status(ask, method, path, body), 403, `${method} ${path}`);
  });

  it("are nobody else's: no application, no account of that name elsewhere, no token for another audience", async () => {
    for (const name of ["ameide-vault-mirror", "ameide-vault-mirror-reader"]) {
      await kubectl("-n", NAMESPACE, "create", "serviceaccount", name);
      try {
        const refused = [
          await logIn(vault, name, { namespace: NAMESPACE }),
          await logIn(vault, name, { namespace: NAMESPACE, account: "default" }),
          await logIn(vault, name, { account: "ameide-vault" }),
          await logIn(vault, name, { audience: "https://kubernetes.default.svc" }),
        ];
        for (const answer of refused) assert.ok("status" in answer && answer.status >= 400 && answer.status < 500, JSON.stringify(answer));
      } finally {
        await kubectl("-n", NAMESPACE, "delete", "serviceaccount", name);
      }
    }
  });

  it("work for the stack's namespace alone", async () => {
    const metadata = { name: "intruder", namespace: "default" };
    await apply({ apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "of-an-intruder" } });
    await apply({
      apiVersion: "external-secrets.io/v1alpha1",
      kind: "PushSecret",
      metadata,
      spec: {
        secretStoreRefs: [{ name: "ameide-vault-mirror", kind: "ClusterSecretStore" }],
        selector: { secret: { name: "intruder" } },
        refreshInterval: "1h",
        data: [{ match: { remoteRef: { remoteKey: keyOf(AGENTS) } } }],
      },
    });
    await kubectl("-n", "default", "wait", "pushsecret/intruder", "--for=condition=Ready=False", "--timeout=30s");
    const message = await kubectl("-n", "default", "get", "pushsecret/intruder", "-o", "jsonpath={.status.conditions[0].message}");
    assert.match(message, /not allowed from namespace|is denied|denied/);
    await inStep(vault, [AGENTS]);
    await kubectl("-n", "default", "delete", "pushsecret/intruder", "secret/intruder");
  });
});
