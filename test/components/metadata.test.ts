import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { metadata, waitFor } from "../../components/metadata";
import { run } from "../support/program";

const place = { namespace: "apps", stack: "test", owner: "us", labels: { team: "data" }, annotations: { note: "hello" } };

describe("components/metadata", () => {
  // What the check of the cluster goes by: a label or annotation of a stack file must not be able
  // to claim another's object.
  it("lets nothing of a stack's or a service's own replace the marks", () => {
    const forged = { "cnpg-credentials/stack": "other", "cnpg-credentials/service": "other", "cnpg-credentials/owner": "other" };
    const made = metadata({ ...place, labels: forged, annotations: forged }, "x", {
      service: "agents",
      labels: forged,
      annotations: forged,
    });
    const labels = made.labels;
    const annotations = made.annotations as Record<string, string>;
    assert.deepEqual(
      [labels["cnpg-credentials/stack"], labels["cnpg-credentials/service"], annotations["cnpg-credentials/owner"]],
      ["test", "agents", "us"],
    );
  });

  it("prefers a service's own labels and annotations to the stack's", () => {
    const { labels, annotations } = metadata(place, "x", { labels: { team: "apps" }, annotations: { note: "bye" } });
    assert.deepEqual(
      [labels, annotations],
      [
        {
          team: "apps",
          "app.kubernetes.io/managed-by": "pulumi",
          "app.kubernetes.io/part-of": "cnpg-credentials",
          "cnpg-credentials/stack": "test",
        },
        { note: "bye", "cnpg-credentials/owner": "us" },
      ],
    );
  });

  // The provider takes what its cache has for the new object, if that is as the conditions say.
  describe("an object that is waited for", () => {
    const conditionsOf = async (of: Parameters<typeof metadata>[0]): Promise<string[]> => {
      let text = "";
      await run(() => {
        const { annotations } = waitFor(metadata(of, "x"), "condition=Ready");
        pulumi.output(annotations["pulumi.com/waitFor"]!).apply((all) => (text = all));
      });
      return JSON.parse(text) as string[];
    };

    it("is not taken for the one that it was: a label or annotation more, less or another is another condition", async () => {
      const owned = pulumi.output("us");
      const all = await Promise.all([
        conditionsOf({ ...place, owner: owned }),
        conditionsOf({ ...place, labels: {} }),
        conditionsOf({ ...place, labels: { team: "apps" } }),
        conditionsOf({ ...place, annotations: { note: "hello", more: "" } }),
        conditionsOf({ ...place, stack: "renamed" }),
        conditionsOf({ ...place, owner: "them" }),
      ]);
      assert.equal(new Set(all.map(([, written]) => written)).size, all.length);
      for (const [first, written] of all) {
        assert.equal(first, "condition=Ready");
        assert.match(written!, /^jsonpath=\{\.metadata\.annotations\['cnpg-credentials\/written'\]\}=[0-9a-f]{16}$/);
      }
    });

    it("is the same in whatever order the stack's file has labels and annotations", async () => {
      const [one, other] = [
        { a: "1", b: "2" },
        { b: "2", a: "1" },
      ];
      assert.deepEqual(
        await conditionsOf({ ...place, labels: one, annotations: one }),
        await conditionsOf({ ...place, labels: other, annotations: other }),
      );
    });
  });
});
