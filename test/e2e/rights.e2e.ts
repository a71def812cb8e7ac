import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, parseAllDocuments, stringify } from "yaml";
import { stackFile } from "../../cli/stack/stackFile";
import { timedUp } from "./support/clock";
import { npm, ok, ROOT, transcripts } from "./support/commands";
import { configure, kubectl, NAMESPACE, STACK, stack, target } from "./support/lab";
import { stateDirectory } from "./support/ownStack";
import { apply } from "./support/workloads";

const accountOf = (purpose: string) => `${NAMESPACE}-${purpose}`;

// Which of them are missed, and how that is said, is in test/api/rights.api.ts.
describe("accounts with the rights that `rbac` prints, and no others", () => {
  const kubeconfigs = new Map<string, string>();

  /** Has somebody who may apply what is printed for it. */
  async function grant(purpose: "up" | "preview" | "drift"): Promise<void> {
    const name = accountOf(purpose);
    await apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } });
    const printed = await ok(npm("rbac", ["--stack", STACK, "--for", purpose, "--subject", `ServiceAccount:${NAMESPACE}/${name}`]));
    const items = parseAllDocuments(printed).map((document) => document.toJS() as object);
    assert.ok(items.length >= 2, printed);
    await apply({ apiVersion: "v1", kind: "List", items });
    const token = await kubectl("-n", NAMESPACE, "create", "token", name, "--duration=2h");
    const file = parse(await fs.readFile((await target()).kubeconfig, "utf8")) as { users: { user: unknown }[] };
    file.users[0]!.user = { token };
    const kubeconfig = path.join(stateDirectory(), `${purpose}.kubeconfig`);
    await fs.writeFile(kubeconfig, stringify(file), { mode: 0o600 });
    kubeconfigs.set(purpose, kubeconfig);
  }

  before(async () => {
    // With the stack, its namespaces. Rights are printed for what the lab makes of its file: where Vault is, for one.
    const { configFile } = await stack();
    const own = await fs.readFile(stackFile(STACK));
    await fs.copyFile(configFile, stackFile(STACK));
    try {
      for (const purpose of ["up", "preview", "drift"] as const) await grant(purpose);
    } finally {
      await fs.writeFile(stackFile(STACK), own);
    }
  });
  after(async () => {
    for (const purpose of kubeconfigs.keys())
      await kubectl("delete", "clusterrole,clusterrolebinding", `cnpg-credentials-${STACK}-${purpose}`, "--ignore-not-found");
  });

  async function up(account: string): Promise<string> {
    const opened = await stack();
    await configure(opened, (config) => {
      config.labels = { environment: "dev", account };
    });
    const args = ["up", "--yes", "--skip-preview", "--color", "never", "--stack", opened.name, "--config-file", opened.configFile];
    const run = timedUp(() => execa("pulumi", args, { cwd: ROOT, env: { ...opened.env, KUBECONFIG: kubeconfigs.get("up") }, all: true }));
    const { all } = await run;
    transcripts.push(all);
    return all;
  }

  it("brings a stack up, with Vault and a gate", async () => {
    assert.match(await up("restricted"), /^ {4}\+ \d+ created$/m);
  });

  it("changes everything that it has made", async () => {
    assert.match(await up("still-restricted"), /^ {4}~ \d+ updated$/m);
  });

  it("previews it, with an account that may change nothing and list no Secrets", async () => {
    const opened = await stack();
    const args = ["preview", "--diff", "--color", "never", "--stack", opened.name, "--config-file", opened.configFile];
    const { all } = await execa("pulumi", args, { cwd: ROOT, env: { ...opened.env, KUBECONFIG: kubeconfigs.get("preview") }, all: true });
    transcripts.push(all);
    assert.match(all, /unchanged/);
  });

  it("lets who previews and who looks change nothing, and list no Secrets", async () => {
    for (const [purpose, words, answer] of [
      ["preview", ["list", "secrets"], "no"],
      ["preview", ["get", "secret/graph-db-role"], "yes"],
      ["preview", ["patch", "secret/graph-db-role"], "no"],
      ["preview", ["create", "jobs"], "no"],
      ["preview", ["delete", "clusters.postgresql.cnpg.io/postgres-ameide"], "no"],
      ["drift", ["list", "secrets"], "no"],
      ["drift", ["get", "secret/graph-db-role"], "yes"],
      ["drift", ["create", "pods", "--subresource=portforward"], "yes"],
      ["drift", ["create", "pods", "--subresource=exec"], "no"],
      ["up", ["patch", "secret/graph-db-role"], "yes"],
      ["up", ["patch", "secret/somebody-elses"], "no"],
    ] as const) {
      const as = `--as=system:serviceaccount:${NAMESPACE}:${accountOf(purpose)}`;
      const said = await kubectl("-n", NAMESPACE, "auth", "can-i", as, ...words).catch(() => "no");
      assert.equal(said.split("\n")[0], answer, `${purpose} ${words.join(" ")}`);
    }
  });
});
