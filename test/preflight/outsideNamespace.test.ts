import assert from "node:assert/strict";
import { checkElsewhere, gatherElsewhere } from "../../preflight/outsideNamespace";
import type { Elsewhere, ElsewhereFacts } from "../../preflight/types";
import { vaultElsewhere } from "../../preflight/vault";
import { connect } from "../../kube/client";
import { kubeconfigFor, startApiServer } from "../support/apiServer";
import { OWNER } from "../support/fixtures";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";
import { EXISTING, REPLICATED, vaultConfig } from "../support/vaults";

const STATEFUL_SET = { group: "apps", version: "v1", plural: "statefulsets", kind: "StatefulSet" };
const STORE = { group: "external-secrets.io", version: "v1", plural: "clustersecretstores", kind: "ClusterSecretStore" };
const place: Elsewhere = { namespace: "vault", setting: "vault.server.namespace", objects: [{ resource: STATEFUL_SET, name: "vault" }] };
const facts = (changes: Partial<ElsewhereFacts> = {}): ElsewhereFacts => ({
  namespaceExists: true,
  marks: { statefulsets: [] },
  missing: [],
  forbidden: [],
  ...changes,
});
const problems = (changes: Partial<ElsewhereFacts>, of = place) =>
  lines(checkElsewhere(of, facts(changes), ({ owner }) => owner === OWNER));

describe("preflight/outsideNamespace", () => {
  const tell = telling("preflight", "what is in the way elsewhere");
  const cases: [what: string, changes: Partial<ElsewhereFacts>, ...told: Told[]][] = [
    ["nothing there yet", {}],
    ["ours", { marks: { statefulsets: [{ name: "vault", owner: OWNER }] } }],
    [
      "ours, with a container of somebody's",
      {
        marks: {
          statefulsets: [
            {
              name: "vault",
              owner: OWNER,
              added: { podFields: [["f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"evil"}']] },
            },
          ],
        },
      },
      ["StatefulSet/vault", "`containers[evil]`", "kubectl patch -n vault statefulset vault --type=strategic", '"$patch":"delete"'],
    ],
    ["another's of another name", { marks: { statefulsets: [{ name: "other" }] } }],
    ["what may not be listed, and is not known", { marks: { statefulsets: "unknown" } }],
    ["no namespace", { namespaceExists: false }, ["Namespace/vault", "does not exist", "vault.server.namespace"]],
    ["nobody's", { marks: { statefulsets: [{ name: "vault" }] } }, ["StatefulSet/vault", "exists in vault", "not made by this program"]],
    [
      "another state's",
      { marks: { statefulsets: [{ name: "vault", owner: "o/p/s/1" }] } },
      ["StatefulSet/vault", "another state (o/p/s/1)"],
    ],
    [
      "no such kind",
      { missing: [{ ...STORE, from: "External Secrets" }] },
      ["Cluster", "no kind ClusterSecretStore of external-secrets.io/v1", "External Secrets"],
    ],
    [
      "no rights",
      { forbidden: ["create statefulsets", "patch statefulsets", "list secrets"] },
      ["Namespace/vault", "may not create, patch statefulsets;"],
      ["Namespace/vault", "may not list secrets;"],
    ],
  ];
  for (const [what, changes, ...expected] of cases) it(`judges ${what}`, () => tell(problems(changes), expected));

  it("names the cluster where there is no namespace", () =>
    tell(
      problems(
        { marks: { clustersecretstores: [{ name: "s" }] }, forbidden: ["create clustersecretstores"] },
        { objects: [{ resource: STORE, name: "s" }] },
      ),
      [
        ["Cluster", "may not create clustersecretstores;", "ClusterRole"],
        ["ClusterSecretStore/s", "exists in the cluster", "not made by this program"],
      ],
    ));

  it("asks for marks and rights, and for no object's content", async () => {
    const rights = "/apis/authorization.k8s.io/v1";
    const server = await startApiServer({
      "GET /version": {},
      "GET /api/v1/namespaces/vault": {},
      "GET /apis/apps/v1/namespaces/vault/statefulsets": {
        items: [{ metadata: { name: "vault", annotations: { "cnpg-credentials/owner": OWNER } } }],
      },
      [`POST ${rights}/selfsubjectrulesreviews`]: {
        status: { resourceRules: [{ verbs: ["get", "list", "create"], apiGroups: ["apps"], resources: ["statefulsets"] }] },
      },
      [`POST ${rights}/selfsubjectaccessreviews`]: ({ body }) => ({
        status: { allowed: (body as { spec: { resourceAttributes: { verb: string } } }).spec.resourceAttributes.verb !== "delete" },
      }),
    });
    try {
      const { ask } = await connect({ kubeconfig: kubeconfigFor(server), context: "lab" });
      assert.deepEqual(await gatherElsewhere(ask, place), {
        namespaceExists: true,
        marks: { statefulsets: [{ name: "vault", owner: OWNER }] },
        missing: [],
        forbidden: ["delete statefulsets"],
      });
      server.replies["GET /apis/apps/v1/namespaces/vault/statefulsets"] = 404;
      assert.deepEqual((await gatherElsewhere(ask, place)).missing, [STATEFUL_SET]);
      const list = server.asked.find(({ question }) => question.endsWith("/statefulsets"));
      assert.match(list!.accept!, /PartialObjectMetadataList/);
      assert.deepEqual(server.unexpected, []);
    } finally {
      await server.close();
    }
  });

  it("knows what Vault is made of, in its namespace and in none", () => {
    const names = (changes: Record<string, unknown>) =>
      vaultElsewhere(vaultConfig(changes), "apps", [{ name: "agents", secret: "agents-db-secret" }], { argocd: ["argocd/client"] }).map(
        ({ namespace, objects }) => [namespace, ...objects.map(({ resource, name }) => `${resource.kind}/${name}`).sort()],
      );
    const server = [
      "ConfigMap/vault-config",
      "Service/vault",
      "Service/vault-internal",
      "ServiceAccount/ameide-vault",
      "ServiceAccount/ameide-vault.argocd",
      "ServiceAccount/vault",
      "StatefulSet/vault",
      "Secret/vault-tls",
    ];
    const bootstrap = ["CronJob", "Job", "Role", "RoleBinding", "ServiceAccount"].map((kind) => `${kind}/foundation-vault-bootstrap`);
    const wide = [
      undefined,
      "ClusterRoleBinding/vault-vault-token-review",
      "ClusterSecretStore/ameide-vault",
      "ClusterSecretStore/ameide-vault.argocd",
    ];
    assert.deepEqual(names({}), [["vault", ...[...server, ...bootstrap, "Secret/vault-fixtures"].sort()], wide]);
    assert.deepEqual(names(REPLICATED), [["vault", ...[...server, "PodDisruptionBudget/vault"].sort()], wide]);
    assert.deepEqual(names({ ...EXISTING, "mirror.mode": "push" }), [
      [undefined, "ClusterSecretStore/ameide-vault", "ClusterSecretStore/ameide-vault-mirror", "ClusterSecretStore/ameide-vault.argocd"],
      [
        "apps",
        "PushSecret/agents-db-secret",
        "ServiceAccount/ameide-vault",
        "ServiceAccount/ameide-vault-mirror",
        "ServiceAccount/ameide-vault-mirror-reader",
        "ServiceAccount/ameide-vault.argocd",
      ],
    ]);
    assert.deepEqual(names({ "mirror.mode": "push" })[0], ["apps", "PushSecret/agents-db-secret"]);
    assert.deepEqual(
      names({ "mirror.mode": "push", "mirror.services": ["graph"] }).map(([namespace]) => namespace),
      ["vault", undefined],
    );
  });
});
