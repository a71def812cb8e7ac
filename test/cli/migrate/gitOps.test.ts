import * as assert from "node:assert/strict";
import { gitOpsOf, type Metadata } from "../../../cli/migrate/gitOps";

describe("cli/migrate/gitOps", () => {
  const cases: [string, Omit<Metadata, "name">, string[]][] = [
    ["nobody", { labels: { app: "a" } }, []],
    [
      "Argo CD",
      { annotations: { "argocd.argoproj.io/tracking-id": "apps:external-secrets.io/ExternalSecret:ns/login" } },
      ["Argo CD apps: argocd app set apps --sync-policy none; argocd app set apps --sync-policy automated"],
    ],
    [
      "Flux, a Kustomization",
      { labels: { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" } },
      ["Flux apps: flux suspend kustomization apps -n flux-system; flux resume kustomization apps -n flux-system"],
    ],
    [
      "Flux, a HelmRelease, whose objects have Helm's marks, too",
      { labels: { "helm.toolkit.fluxcd.io/name": "pg" }, annotations: { "meta.helm.sh/release-name": "pg" } },
      ["Flux pg: flux suspend helmrelease pg; flux resume helmrelease pg"],
    ],
    [
      "Helm",
      { annotations: { "meta.helm.sh/release-name": "pg" } },
      ["Helm pg: kubectl annotate secret a -n ns --overwrite helm.sh/resource-policy=keep; "],
    ],
  ];
  for (const [who, metadata, expected] of cases)
    it(`knows ${who}`, () =>
      assert.deepEqual(
        gitOpsOf({ name: "a", ...metadata }, ["secret", "a"], "ns").map(
          ({ by, name, pause, resume = "" }) => `${by} ${name}: ${pause}; ${resume}`,
        ),
        expected,
      ));
});
