import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { withImages } from "../../lab/cluster/manifests";

const released = `apiVersion: v1
kind: Namespace
metadata: { name: cnpg-system }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: cnpg-controller-manager }
spec:
  template:
    spec:
      containers:
        - name: manager
          image: example.com/operator:1
          imagePullPolicy: Always
          env:
            - { name: OPERATOR_IMAGE_NAME, value: "example.com/operator:1" }
            - { name: OPERATOR_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
          resources: { limits: { cpu: 100m, memory: 200Mi } }
---
apiVersion: v1
kind: Service
metadata: { name: cnpg-webhook-service }
`;

describe("lab/cluster/manifests", () => {
  it("runs the operator and its clusters from images that the node has, and leaves the rest as it was", () => {
    const [namespace, deployment, service] = parseAllDocuments(
      withImages(released, { operator: "localhost/operator:lab", postgres: "localhost/postgresql:15.1" }),
    ).map((document) => document.toJS() as unknown);
    const original = parseAllDocuments(released).map((document) => document.toJS() as unknown);
    assert.deepEqual([namespace, service], [original[0], original[2]]);
    assert.deepEqual((deployment as { spec: { template: { spec: { containers: unknown } } } }).spec.template.spec.containers, [
      {
        name: "manager",
        image: "localhost/operator:lab",
        imagePullPolicy: "IfNotPresent",
        env: [
          { name: "OPERATOR_IMAGE_NAME", value: "localhost/operator:lab" },
          { name: "OPERATOR_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
          { name: "POSTGRES_IMAGE_NAME", value: "localhost/postgresql:15.1" },
        ],
        resources: { limits: { memory: "200Mi" } },
      },
    ]);
  });

  it("rejects a manifest that it was not written for", () => {
    assert.throws(() => withImages("kind: Service\n", { operator: "a", postgres: "b" }), {
      message: "The operator's manifest has no Deployment with one container",
    });
  });
});
