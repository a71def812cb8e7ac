import * as assert from "node:assert/strict";
import { lookAtStores, lookByList, lookByName } from "../../../components/gate/look";
import { Refused } from "../../../kube/live";
import type { ExpectedSecret } from "../../../catalog/expectedSecrets";
import { answering, DATABASE, failing, FETCHED, liveExternalSecret, liveStore } from "../../support/secretsSeen";

const API = "/apis/external-secrets.io/v1";
const [APPS, TOOLS, MADE] = [
  "/api/v1/namespaces/apps/secrets",
  "/api/v1/namespaces/tools/secrets",
  `${API}/namespaces/tools/externalsecrets`,
];
const EVENTS = "/api/v1/namespaces/tools/events?fieldSelector=involvedObject.kind%3DExternalSecret%2Ctype%3DWarning";
const secret = (name: string, data?: Record<string, string>) => ({ metadata: { name }, ...(data && { data }) });
const everything = {
  [APPS]: { items: [secret("agents-db-secret", { user: "YQ==", password: "" }), secret("other", { a: "YQ==" })] },
  [TOOLS]: { items: [secret("tools-login")] },
  [MADE]: { items: [liveExternalSecret()] },
};

describe("components/gate/look", () => {
  describe("by lists", () => {
    it("sees which keys have a value, of what is expected, and no value", async () => {
      const { get, asked } = answering(everything);
      const { externalSecrets, secrets, warnings } = await lookByList(get, [DATABASE, FETCHED]);
      assert.deepEqual(
        [...secrets],
        [
          ["apps/agents-db-secret", new Set(["user"])],
          ["tools/tools-login", new Set()],
        ],
      );
      assert.deepEqual([...externalSecrets], [["tools/tools-login", liveExternalSecret()]]);
      assert.deepEqual([...warnings], []);
      assert.ok(asked.length <= 3, asked.join("\n"));
    });

    it("asks as often for many as for one", async () => {
      const { get, asked } = answering(everything);
      const many = Array.from({ length: 500 }, (_, index): ExpectedSecret => ({ ...FETCHED, name: `login-${index}` }));
      await lookByList(get, [...many, DATABASE]);
      assert.equal(asked.length, 3);
    });

    it("asks what went wrong where something did, and takes the last word", async () => {
      const event = (name: string, message: string, lastTimestamp: string | null) => ({ involvedObject: { name }, message, lastTimestamp });
      const events = [
        event("tools-login", "second", "2026-07-01T12:00:05Z"),
        event("tools-login", "third", "2026-07-01T12:00:09Z"),
        event("tools-login", "first", null),
      ];
      const { get } = answering({ ...everything, [MADE]: { items: [liveExternalSecret(failing())] }, [EVENTS]: { items: events } });
      assert.deepEqual([...(await lookByList(get, [FETCHED])).warnings], [["tools/tools-login", "third"]]);
    });

    it("does without where it may not ask, and where what failed is another's", async () => {
      const broken = { ...everything, [MADE]: { items: [liveExternalSecret(failing())] }, [EVENTS]: 403 };
      assert.deepEqual([...(await lookByList(answering(broken).get, [FETCHED])).warnings], []);
      const { get, asked } = answering(broken);
      await lookByList(get, [{ ...FETCHED, name: "another" }]);
      assert.ok(!asked.includes(EVENTS));
    });

    it("sees nothing where the cluster has no such kind", async () =>
      assert.deepEqual([...(await lookByList(answering({ ...everything, [MADE]: 404 }).get, [FETCHED])).externalSecrets], []));
  });

  it("looks by name at nothing else, and asks no reasons", async () => {
    const { get, asked } = answering({
      [`${APPS}/agents-db-secret`]: secret("agents-db-secret", { user: "YQ==" }),
      [`${TOOLS}/tools-login`]: 404,
      [`${MADE}/tools-login`]: liveExternalSecret(failing()),
    });
    const { externalSecrets, secrets, warnings } = await lookByName(get, [DATABASE, FETCHED]);
    assert.deepEqual([...secrets], [["apps/agents-db-secret", new Set(["user"])]]);
    assert.deepEqual([[...externalSecrets.keys()], warnings.size], [["tools/tools-login"], 0]);
    assert.equal(asked.length, 3);
  });

  it("looks at stores, those that are there", async () => {
    const { get } = answering({ [`${API}/clustersecretstores/ameide-vault`]: liveStore(), [`${API}/clustersecretstores/gone`]: 404 });
    assert.deepEqual([...(await lookAtStores(get, ["ameide-vault", "gone"]))], [["ameide-vault", liveStore()]]);
  });

  it("looks by name where it may not list, and is told no more than that", async () => {
    const { get } = answering({
      ...everything,
      [TOOLS]: 403,
      [`${TOOLS}/tools-login`]: { metadata: { name: "tools-login" }, data: { user: "eA==" } },
    });
    const { secrets } = await lookByList(get, [FETCHED]);
    assert.deepEqual([...secrets], [["tools/tools-login", new Set(["user"])]]);
  });

  it("gives up where it may not look, and not where the server is busy", async () => {
    const look = (status: number) =>
      lookByList(answering({ ...everything, [TOOLS]: status, [`${TOOLS}/tools-login`]: status }).get, [FETCHED]);
    for (const status of [401, 403])
      await assert.rejects(look(status), (error) => error instanceof Refused && error.message.endsWith(`may not get ${TOOLS}`));
    await assert.rejects(look(503), (error) => !(error instanceof Refused) && /answers 503 to/.test((error as Error).message));
  });
});
