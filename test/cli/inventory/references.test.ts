import * as assert from "node:assert/strict";
import { secretReferences } from "../../../cli/inventory/references";

describe("cli/inventory/references", () => {
  const cases: [string, unknown, [string, ...string[]][]][] = [
    ["a volume", { volumes: [{ name: "v", secret: { secretName: "a", items: [{ key: "ca.crt", path: "ca.crt" }] } }] }, [["a"]]],
    ["a variable", { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "a", key: "k" } } }] }, [["a", "k"]]],
    ["all variables of one", { envFrom: [{ secretRef: { name: "a" } }] }, [["a"]]],
    ["what images are pulled with", { imagePullSecrets: [{ name: "b" }, { name: "a" }] }, [["a"], ["b"]]],
    ["a role of CloudNativePG's", { managed: { roles: [{ name: "role", passwordSecret: { name: "a" } }] } }, [["a"]]],
    ["a certificate of CloudNativePG's", { certificates: { serverCASecret: "a", serverAltDNSNames: ["b"] } }, [["a"]]],
    [
      "what backups are written with, by several keys",
      { s3: { id: { name: "a", key: "x" }, key: { name: "a", key: "w" } } },
      [["a", "w", "x"]],
    ],
    [
      "queries of a Secret, and not those of a ConfigMap",
      { customQueriesSecret: [{ name: "a", key: "q" }], customQueriesConfigMap: [{ name: "c", key: "q" }] },
      [["a", "q"]],
    ],
    ["a variable of a ConfigMap's", { env: [{ valueFrom: { configMapKeyRef: { name: "c", key: "k" } } }] }, []],
    ["a store, which is none", { secretStoreRef: { name: "store", kind: "ClusterSecretStore" } }, []],
    ["what cannot be a name", { secretName: 3, secret: null, passwordSecret: { name: "" } }, []],
    ["nothing", undefined, []],
  ];
  for (const [what, spec, expected] of cases)
    it(`finds ${what}`, () =>
      assert.deepEqual(
        secretReferences(spec),
        expected.map(([name, ...keys]) => ({ name, keys })),
      ));
});
