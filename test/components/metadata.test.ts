import * as assert from "node:assert/strict";
import { metadata } from "../../components/metadata";

const place = { namespace: "apps", stack: "test", owner: "us", labels: { team: "data" }, annotations: { note: "hello" } };

describe("components/metadata", () => {
  // What the check of the cluster goes by: a label or annotation of a stack file must not be able to claim another's object.
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
});
