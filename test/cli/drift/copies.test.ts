import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { readCopies } from "../../../cli/drift/copies";
import type { Unanswered } from "../../../cli/drift/vaultTypes";
import { kubeconfigFor, startApiServer, type Reply } from "../../support/apiServer";

const COPY = "GET /v1/mirror/data/dev/apps/shop";
const MIRROR = {
  mount: "mirror",
  authMount: "kubernetes",
  store: "ameide-vault-mirror",
  reader: "reader",
  namespace: "vault",
  copies: [{ name: "shop", service: "shop", key: "dev/apps/shop", spec: {} }],
};

/** What is made of Vault's answer to the question for a copy. */
async function copy(reply: Reply): Promise<unknown> {
  const server = await startApiServer({
    "POST /api/v1/namespaces/vault/serviceaccounts/reader/token": { status: { token: "jwt" } },
    "POST /v1/auth/kubernetes/login": { auth: { client_token: "t" } },
    "GET /v1/mirror/metadata/dev/apps?list=true": { data: { keys: ["shop"] } },
    "POST /v1/auth/token/revoke-self": 204,
    [COPY]: reply,
  });
  try {
    const config = new KubeConfig();
    config.loadFromString(kubeconfigFor(server));
    config.setCurrentContext("lab");
    const answer = await readCopies(config, { address: server.url, ca: server.ca }, MIRROR);
    assert.deepEqual(server.unexpected, []);
    return "found" in answer ? answer.found.get("shop") : answer;
  } finally {
    await server.close();
  }
}
/**
 * Vault's answer for a secret whose last version is not there any more: 404, with what it still
 * knows of it.
 */
const gone =
  (metadata: object): Reply =>
  () => [404, {}, { data: { data: null, metadata } }];

describe("cli/drift, a copy in Vault", () => {
  const cases: [string, Reply, unknown][] = [
    ["is what it holds", { data: { data: { password: "p" }, metadata: { version: 3, destroyed: false } } }, { data: { password: "p" } }],
    ["is missing where there never was one", 404, "missing"],
    [
      "was deleted, and can be had back by its version",
      gone({ version: 3, destroyed: false, deletion_time: "2026-07-01T00:00:00Z" }),
      { deleted: 3, destroyed: false },
    ],
    ["was destroyed, and cannot", gone({ version: 4, destroyed: true, deletion_time: "" }), { deleted: 4, destroyed: true }],
  ];
  for (const [what, reply, expected] of cases) it(what, async () => assert.deepEqual(await copy(reply), expected));

  it("is not known where Vault has an error", async () => {
    const { asked, reason } = (await copy(400)) as Unanswered;
    assert.equal(asked, false);
    assert.match(reason, /mirror\/data\/dev\/apps\/shop .*400/);
  });
});
