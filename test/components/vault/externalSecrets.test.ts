import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ExternalSecrets } from "../../../components/vault/externalSecrets";
import { expectedMetadata, OWNER, place } from "../../support/fixtures";
import { run } from "../../support/program";
import { externalSecretPlans } from "../../support/vault";

const COMPONENT = "cnpg-credentials:index:ExternalSecrets::fetched";
const [SHOP, TOOLS] = ["shop-shop-keys", "tools-tools-login"].map(
  (name) => `kubernetes:external-secrets.io/v1:ExternalSecret::fetched-${name}`,
);

const STORES = new Map(["apps", "tools"].map((namespace) => [namespace, pulumi.output(`store.${namespace}`)]));
const make = (plans = externalSecretPlans(), preview = false, annotations: Record<string, string> = { note: "hello" }) =>
  run(() => new ExternalSecrets("fetched", { plans, place: { ...place(), annotations }, stores: STORES }), { preview });

describe("components/vault/externalSecrets", () => {
  it("makes one object each, the same in a preview, with nothing secret in it", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make(externalSecretPlans(), preview);
      assert.deepEqual(
        resources.map(({ id, parent, secrets }) => [id, parent, secrets]),
        [
          [COMPONENT, undefined, []],
          [SHOP, COMPONENT, []],
          [TOOLS, COMPONENT, []],
        ],
      );
    }
  });

  it("makes nothing where nothing is fetched", async () =>
    assert.deepEqual(
      (await make([])).resources.map(({ id }) => id),
      [COMPONENT],
    ));

  it("has a service's keys fetched one by one into a Secret that goes with the object, and keeps what it has meanwhile", async () => {
    const { inputs, options } = (await make()).get(SHOP!);
    const { labels, annotations } = expectedMetadata("shop-keys", { service: "shop" }) as Record<string, object>;
    assert.deepEqual(inputs, {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: expectedMetadata("shop-keys", { service: "shop" }),
      spec: {
        secretStoreRef: { name: "store.apps", kind: "ClusterSecretStore" },
        refreshPolicy: "Periodic",
        refreshInterval: "1h",
        target: {
          name: "shop-keys",
          creationPolicy: "Owner",
          deletionPolicy: "Retain",
          template: { type: "Opaque", engineVersion: "v2", metadata: { labels, annotations } },
        },
        data: [
          { secretKey: "id", remoteRef: { key: "shop/shop-keys", property: "id" } },
          { secretKey: "key", remoteRef: { key: "shop/shop-keys", property: "key", version: "2" } },
        ],
      },
    });
    assert.deepEqual(options, { customTimeouts: { pb_delete: "2m" } });
  });

  it("puts a bundle's into its namespace, with the labels that its reader wants instead of ours", async () => {
    const { metadata, spec } = (await make()).get(TOOLS!).inputs as Record<string, Record<string, unknown>>;
    const { name, namespace, labels } = metadata as { name: string; namespace: string; labels: Record<string, string> };
    assert.deepEqual([name, namespace], ["tools-login", "tools"]);
    assert.equal(labels["cnpg-credentials/bundle"], "tools");
    assert.ok(!("cnpg-credentials/service" in labels));
    const { template } = spec!.target as { template: { type: string; metadata: { labels: Record<string, string> } } };
    assert.equal(template.type, "kubernetes.io/basic-auth");
    assert.deepEqual(template.metadata.labels, { ...labels, "app.kubernetes.io/part-of": "tools" });
  });

  it("marks a Secret whose readers Reloader restarts, and no other", async () => {
    const [first, ...others] = externalSecretPlans();
    const run = await make([{ ...first!, restart: "reloader" }, ...others]);
    const annotationsOf = (id: string) =>
      (run.get(id).inputs.spec as { target: { template: { metadata: { annotations: Record<string, string> } } } }).target.template.metadata
        .annotations;
    const marks = [SHOP!, TOOLS!].map((id) => annotationsOf(id)["reloader.stakater.com/match"]);
    assert.deepEqual(marks, ["true", undefined]);
    assert.ok(!JSON.stringify(run.get(SHOP!).inputs.metadata).includes("reloader"));
  });

  it("lets External Secrets fill in nothing of an annotation", async () => {
    const { inputs } = (await make(externalSecretPlans(), false, { note: "{{ .key }} and {{.id}}" })).get(SHOP!);
    const { target } = inputs.spec as { target: { template: { metadata: { annotations: object } } } };
    assert.deepEqual(target.template.metadata.annotations, {
      note: '{{ "{{" }} .key }} and {{ "{{" }}.id}}',
      "cnpg-credentials/owner": OWNER,
    });
    assert.equal((inputs.metadata as { annotations: Record<string, string> }).annotations.note, "{{ .key }} and {{.id}}");
  });
});
