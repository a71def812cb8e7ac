import * as assert from "node:assert/strict";
import { lookAtCopies } from "../../../components/gate/copies";
import { answering, linesOf } from "../../support/secretsSeen";
import { telling } from "../../support/told";

const PUSHES = "/apis/external-secrets.io/v1alpha1/namespaces/apps/pushsecrets";
const SECRETS = "/api/v1/namespaces/apps/secrets";
const AGAIN = "kubectl annotate -n apps pushsecret agents-db-secret --overwrite cnpg-credentials/push-requested=";
const NAME = "agents-db-secret";

const secret = (...times: [time: string | undefined, ...fields: string[]][]) => ({
  metadata: {
    name: NAME,
    managedFields: times.map(([time, ...fields]) => ({ time, fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])) })),
  },
});
const WRITTEN = secret(["2026-07-01T12:00:00Z", "f:data"], ["2026-07-01T12:09:00Z", "f:metadata"], [undefined, "f:data"]);
const pushed = (refreshTime?: string, status = "True", message = "synced") => ({
  metadata: { name: NAME },
  status: { conditions: [{ type: "Ready", status, message }], ...(refreshTime && { refreshTime }) },
});

async function missing(push?: object, of: object = WRITTEN): Promise<string[]> {
  const { get } = answering({ [PUSHES]: { items: push === undefined ? [] : [push] }, [SECRETS]: { items: [of] } });
  return linesOf(await lookAtCopies(get, "apps", [{ owner: "agents", name: NAME }]));
}

describe("components/gate/copies", () => {
  const tell = telling("smoke", "copies that may be missing");
  const misses = (lines: string[], ...phrases: string[]) =>
    tell(lines, [["service agents", "PushSecret apps/agents-db-secret", ...phrases]]);
  it("asks nothing where nothing is copied", async () => {
    const { get, asked } = answering({});
    assert.deepEqual([await lookAtCopies(get, "apps", []), asked], [[], []]);
  });

  it("misses none that was pushed since, or in the second in which, its Secret was written", async () => {
    for (const time of ["2026-07-01T12:00:00Z", "2026-07-01T12:00:05Z"]) assert.deepEqual(await missing(pushed(time)), []);
    assert.deepEqual(await missing(pushed("2026-07-01T11:00:00Z"), secret()), []);
  });

  it("misses one that is not there, that was never pushed, that is behind", async () => {
    misses(await missing(), "does not exist", "`pulumi up`");
    for (const push of [{ metadata: { name: NAME } }, pushed()]) misses(await missing(push), "has not been looked at", "wait");
    misses(await missing(pushed("2026-07-01T11:59:59Z")), "before its Secret was written", AGAIN);
  });

  it("says why one is not pushed", async () =>
    misses(
      await missing(pushed("2026-07-01T12:00:05Z", "False", "set secret failed:\n denied")),
      "is not pushed (set secret failed: denied)",
      AGAIN,
    ));
});
