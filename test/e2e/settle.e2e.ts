import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { resolveNames } from "../../catalog/names";
import { stackSchema } from "../../config/schema";
import { labExec } from "../../lab/cluster";
import { NODE_NAME } from "../../lab/cluster/network";
import { labName } from "../../lab/paths";
import { startClient, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { credentials, kubectl, NAMESPACE, recordsOn, target } from "./support/lab";
import { signal } from "./support/processes";
import { rotate, Turns } from "./support/rotation";
import { alone } from "./support/turn";

const FILE = "/etc/kubernetes/kubelet.yaml";
const PERIOD = /^syncFrequency: .*\n/m;
/** kubelet's own. */
const DEFAULT_PERIOD = "1m0s";
const TURNS = 4;

describe("a mounted Secret, with kubelet's default period", () => {
  it("follows within the default of rotation.settleSeconds, in each of several turns", () =>
    alone(async () => {
      const { settleSeconds } = stackSchema.shape.rotation.parse({});
      const quick = (await labExec(labName(), ["cat", FILE])).stdout;
      assert.match(quick, PERIOD);
      await restartKubelet(quick.replace(PERIOD, ""), (period) => assert.equal(period, DEFAULT_PERIOD));
      try {
        const names = (await recordsOn()).map(({ name }) => name);
        const turns = new Turns(names).to("alternating");
        await rotate({ strategy: "alternating", services: turns.services });
        const client = await startClient("settle-e2e", Object.fromEntries(names.map((name) => [name, 2])));
        try {
          for (let turn = 1; turn <= TURNS; turn++) await follows(client, turns, turn, settleSeconds);
          assert.deepEqual((await client.report()).failures.slice(0, 5), []);
        } finally {
          await client.stop();
        }
      } finally {
        await restartKubelet(quick, (period) => assert.notEqual(period, DEFAULT_PERIOD));
      }
    }));
});

/** Rotates, and waits until the client logs in with what the Secrets say, for as long as the rule on turns has the next one wait. */
async function follows(client: LoginClient, turns: Turns, turn: number, settleSeconds: number): Promise<void> {
  await rotate({ strategy: "alternating", services: turns.rotate().services });
  const users = Object.entries(await credentials()).map(([name, { user }]) => [name, user] as const);
  const changed = await firstChange();
  await client.sees(Object.fromEntries(users), settleSeconds - (Date.now() - changed) / 1000);
  console.log(`      turn ${turn}: after ${((Date.now() - changed) / 1000).toFixed(0)} s`);
}

/** When the first of the applications' Secrets was changed by the last turn, in ms. */
async function firstChange(): Promise<number> {
  const core = (await target()).config.makeApiClient(CoreV1Api);
  const times = (await recordsOn()).map(async (record) => {
    const { metadata } = await core.readNamespacedSecret({ namespace: NAMESPACE, name: resolveNames(record).secret });
    return Math.max(...(metadata!.managedFields ?? []).map(({ time }) => time?.getTime() ?? 0));
  });
  return Math.min(...(await Promise.all(times)));
}

/** Ends kubelet, which the supervisor starts again, with another configuration. */
async function restartKubelet(configuration: string, check: (period: string) => void): Promise<void> {
  await labExec(labName(), ["tee", FILE], { input: `${configuration.trimEnd()}\n` });
  assert.equal(await signal("kubelet", "SIGKILL"), 1);
  await holds(
    async () => {
      const { kubeletconfig } = JSON.parse(await kubectl("get", "--raw", `/api/v1/nodes/${NODE_NAME}/proxy/configz`)) as {
        kubeletconfig: { syncFrequency: string };
      };
      check(kubeletconfig.syncFrequency);
      await kubectl("wait", `node/${NODE_NAME}`, "--for=condition=Ready", "--timeout=10s");
    },
    { seconds: 120 },
  );
}
