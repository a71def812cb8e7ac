import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { ensureTrialNamespace, removeTrialNamespace } from "../../../cli/try/namespace";
import { startApiServer, type Reply } from "../../support/apiServer";

const NAMESPACE = "/api/v1/namespaces/cnpg-try";
const labels = (trial?: string) => ({
  "app.kubernetes.io/managed-by": "cnpg-credentials-try",
  ...(trial === undefined ? {} : { "cnpg-credentials/trial": trial }),
});
const namespace = (trial?: string): Reply => ({ metadata: { name: "cnpg-try", uid: "u1", labels: labels(trial) } });

describe("cli/try, its namespace", () => {
  /** Does something on an API server with these answers, and returns its questions. */
  async function asking<T>(replies: Readonly<Record<string, Reply>>, act: (config: KubeConfig) => Promise<T>): Promise<string[]> {
    const server = await startApiServer(replies);
    try {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: "c", server: server.url, caData: Buffer.from(server.ca).toString("base64"), skipTLSVerify: false },
        { name: "u" },
      );
      await act(config);
      return server.asked.map(({ question, body }) => (question.startsWith("GET") ? question : `${question} ${JSON.stringify(body)}`));
    } finally {
      await server.close();
    }
  }

  it("is made with the mark of the trial", async () => {
    const asked = await asking({ [`GET ${NAMESPACE}`]: 404, "POST /api/v1/namespaces": 201 }, (config) =>
      ensureTrialNamespace(config, "mine"),
    );
    assert.match(asked[1]!, /"cnpg-credentials\/trial":"mine"/);
  });

  it("is gone on with where it is this trial's", async () => {
    const asked = await asking({ [`GET ${NAMESPACE}`]: namespace("mine") }, (config) => ensureTrialNamespace(config, "mine"));
    assert.deepEqual(asked, [`GET ${NAMESPACE}`]);
  });

  for (const [whose, reply] of [
    ["another's trial", namespace("theirs")],
    ["somebody's, with the label that all trials have", namespace()],
  ] as const) {
    it(`is not entered where it is ${whose}`, async () => {
      await asking({ [`GET ${NAMESPACE}`]: reply }, (config) =>
        assert.rejects(ensureTrialNamespace(config, "mine"), /that this trial has not made/),
      );
    });

    it(`is not removed where it is ${whose}`, async () => {
      const asked = await asking({ [`GET ${NAMESPACE}`]: reply }, async (config) => {
        assert.equal(await removeTrialNamespace(config, "mine"), false);
      });
      assert.deepEqual(asked, [`GET ${NAMESPACE}`]);
    });
  }

  it("is removed as the one that was looked at, and not one that has had its name since", async () => {
    let isGone = false;
    const asked = await asking(
      {
        [`GET ${NAMESPACE}`]: () => (isGone ? 404 : (namespace("mine") as Record<string, unknown>)),
        [`DELETE ${NAMESPACE}`]: () => {
          isGone = true;
          return {};
        },
      },
      async (config) => assert.equal(await removeTrialNamespace(config, "mine"), true),
    );
    assert.match(asked[1]!, /^DELETE .*"preconditions":\{"uid":"u1"\}/);
  });
});
