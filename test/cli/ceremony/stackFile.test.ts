import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readStackFile } from "../../../cli/ceremony/stackFile";
import { asConfig } from "../../../config/settings";
import { STACK_FILES, stackFile } from "../../support/stackFiles";

describe("cli/ceremony/stackFile", () => {
  let directory: string;
  before(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "stack-"))));
  after(() => fs.rm(directory, { recursive: true }));

  const write = (text: string) => fs.writeFile(path.join(directory, "Pulumi.prod.yaml"), text);
  const withSettings = (settings: Readonly<Record<string, unknown>>) => {
    const config = { ...stackFile("prod"), ...settings };
    return write(stringify({ encryptionsalt: "v1:salt", config: { ...asConfig(config), "kubernetes:context": "another" } }));
  };
  const read = () => readStackFile("prod", directory);

  it("reads a stack's own file", async () => {
    for (const stack of ["staging", "prod"]) {
      const { config, problems } = await readStackFile(stack, STACK_FILES);
      assert.deepEqual(problems, []);
      assert.equal(config!.context, `ameide-${stack}`);
      assert.equal(config!.vault!.server.kind, "deployed");
    }
  });

  it("is content without a file", async () => {
    assert.deepEqual(await readStackFile("other", directory), { isKubeconfigSealed: false, problems: [] });
  });

  it("leaves out what is encrypted", async () => {
    await withSettings({ vaultValues: { "cert-manager/azure-dns#client-secret": { secure: "v1:x" } }, kubeconfig: { secure: "v1:y" } });
    const { config, isKubeconfigSealed, problems } = await read();
    assert.deepEqual(problems, []);
    assert.deepEqual([config!.kubeconfig, config!.vaultValues, isKubeconfigSealed], [undefined, undefined, true]);
  });

  it("takes a kubeconfig that is a path", async () => {
    await withSettings({ kubeconfig: "/home/alice/.kube/prod" });
    const { config, isKubeconfigSealed } = await read();
    assert.deepEqual([config!.kubeconfig, isKubeconfigSealed], ["/home/alice/.kube/prod", false]);
  });

  it("names every problem, as an `up` would", async () => {
    await withSettings({ vault: { server: { kind: "none" } }, contxt: "ours" });
    const { config, problems } = await read();
    assert.equal(config, undefined);
    const paths = problems.map((problem) => problem.path);
    for (const wanted of ["vault.server.kind", "vault.configuration", "contxt"]) assert.ok(paths.includes(wanted), paths.join());
  });

  it("does not repeat what it cannot read", async () => {
    await write("config: {secret: [hunter2");
    assert.deepEqual(await read(), {
      isKubeconfigSealed: false,
      problems: [{ path: "Pulumi.prod.yaml:1", message: "opens a bracket (`[`) and does not close it", remedy: "close it with `]`" }],
    });
  });
});
