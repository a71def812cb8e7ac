import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";

const TOOLCHAIN = path.join(__dirname, "../../lab/toolchain");

/**
 * Versions by module, of a part's go.mod. Where a replacement names another version, that is what
 * is compiled.
 */
async function requirements(part: string): Promise<ReadonlyMap<string, string>> {
  const text = await fs.readFile(path.join(TOOLCHAIN, part, "go.mod"), "utf8");
  const required = [...text.matchAll(/^(?:require )?\s*(\S+\.\S+) (v\S+)(?: \/\/ indirect)?$/gm)];
  const replaced = [...text.matchAll(/^(?:replace )?\s*(\S+)(?: v\S+)? => \S+ (v\S+)$/gm)];
  return new Map([...required, ...replaced].map(([, module, version]) => [module!, version!]));
}

/** Modules that several of the parts compile, each in another version. */
async function differences(parts: readonly string[], isMeant: (module: string) => boolean = () => true): Promise<string[]> {
  const found = new Map<string, Map<string, string[]>>();
  for (const part of parts)
    for (const [module, version] of await requirements(part)) {
      const versions = found.get(module) ?? new Map<string, string[]>();
      found.set(module, versions.set(version, [...(versions.get(version) ?? []), part]));
    }
  const several = [...found].filter(([module, versions]) => isMeant(module) && versions.size > 1);
  return several.map(
    ([module, versions]) => `${module}: ${[...versions].map(([version, of]) => `${version} (${of.join(", ")})`).join(", ")}`,
  );
}

describe("the lab's Go modules", () => {
  const PULUMI = ["engine", "random", "vault-provider", "kubernetes"];
  const KUBERNETES = ["kube", "addons", "external-secrets"];

  it("have one version of what Pulumi's programs share, so that it is compiled once", async () => {
    // The engine and the bridge use incompatible versions of the first; the provider for Kubernetes
    // compiles with older ones of Pulumi's own alone.
    const apart = /^github\.com\/olekukonko\/tablewriter$|^github\.com\/pulumi\/pulumi\/|^k8s\.io\/utils$/;
    assert.deepEqual(await differences(PULUMI, (module) => !apart.test(module)), []);
  });

  it("have one version of what the cluster's programs share", async () => {
    // A module of the API's extensions, which one of them takes two constants from, has not been
    // published in the other's version.
    assert.deepEqual(await differences(KUBERNETES, (module) => module !== "k8s.io/apiextensions-apiserver"), []);
  });

  it("have one version of what all of them build on", async () => {
    const all = [...PULUMI, ...KUBERNETES, "cnpg", "promtool", "nodejs-host"];
    const common = /^(golang\.org\/x|google\.golang\.org|go\.opentelemetry\.io|github\.com\/(aws|Azure|prometheus|spf13\/cobra))\b/;
    assert.deepEqual(await differences(all, (module) => common.test(module)), []);
    assert.ok((await requirements("engine")).size > 200);
  });
});
