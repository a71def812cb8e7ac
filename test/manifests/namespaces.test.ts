import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readRepository } from "../../cli/inventory/repository";

const SECRET = (name: string) =>
  `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: ${name} }\nspec: { secretStoreRef: { name: x }, dataFrom: [] }\n`;
const kustomization = (resource: string, namespace?: string) =>
  `${namespace === undefined ? "" : `namespace: ${namespace}\n`}resources: [${resource}]\n`;

/** The namespace of what a repository of these files has, by the name of it. */
function namespaces(files: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "namespaces-"));
  try {
    for (const [name, text] of Object.entries({ ".git/x": "", ...files })) {
      fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      fs.writeFileSync(path.join(directory, name), text);
    }
    const read = readRepository(["."], directory);
    assert.ok("links" in read);
    return Object.fromEntries(read.links.map(({ name, namespace }) => [name, namespace]));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

describe("a repository's namespaces", () => {
  it("are those of the kustomization that names a file", () =>
    assert.deepEqual(
      namespaces({
        "a/kustomization.yaml": kustomization("secret.yaml", "e-commerce"),
        "a/secret.yaml": SECRET("one"),
        "b.yaml": SECRET("two"),
      }),
      {
        one: "e-commerce",
        two: undefined,
      },
    ));

  it("are those of the outermost kustomization, which has the last word", () =>
    assert.deepEqual(
      namespaces({
        "base/kustomization.yaml": kustomization("secret.yaml", "inner"),
        "base/secret.yaml": SECRET("one"),
        "prod/kustomization.yaml": kustomization("../base", "outer"),
      }),
      { one: "outer" },
    ));

  it("are what Flux and Argo CD give to a folder, named from the repository's root", () => {
    const flux =
      "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: a }\nspec: { path: ./apps/a, targetNamespace: of-flux }\n";
    const argo =
      "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: b }\nspec: { source: { path: apps/b }, destination: { namespace: of-argo } }\n";
    assert.deepEqual(
      namespaces({
        "flux.yaml": flux,
        "argo.yaml": argo,
        "apps/a/x/secret.yaml": SECRET("one"),
        "apps/b/secret.yaml": SECRET("two"),
        "apps/c.yaml": SECRET("three"),
      }),
      { one: "of-flux", two: "of-argo", three: undefined },
    );
  });

  it("are what the object itself says, where it does", () =>
    assert.deepEqual(
      namespaces({
        "kustomization.yaml": kustomization("secret.yaml"),
        "secret.yaml": SECRET("one").replace("{ name: one }", "{ name: one, namespace: own }"),
      }),
      { one: "own" },
    ));
});
