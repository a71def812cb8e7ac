import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { BIND, CLUSTER_RIGHTS, RIGHTS, ruleOf } from "../api/support/rights";
import { timedUp } from "./support/clock";
import { ROOT, transcripts } from "./support/commands";
import { configure, kubectl, NAMESPACE, stack, target } from "./support/lab";
import { VAULT_NAMESPACE } from "./support/place";
import { stateDirectory } from "./support/ownStack";
import { apply } from "./support/workloads";

const RBAC = "rbac.authorization.k8s.io";
const NAME = `${NAMESPACE}-account`;

// Which of them are missed, and how that is said, is in test/api/rights.api.ts.
describe("an account with the rights that the documentation names, and no others", () => {
  let kubeconfig: string;

  before(async () => {
    // With the stack, its namespaces.
    await stack();
    await apply({ apiVersion: "v1", kind: "List", items: rights() });
    const token = await kubectl("-n", NAMESPACE, "create", "token", NAME, "--duration=2h");
    const file = parse(await fs.readFile((await target()).kubeconfig, "utf8")) as { users: { user: unknown }[] };
    file.users[0]!.user = { token };
    kubeconfig = path.join(stateDirectory(), "restricted.kubeconfig");
    await fs.writeFile(kubeconfig, stringify(file), { mode: 0o600 });
  });
  after(() => kubectl("delete", "clusterrole,clusterrolebinding", NAME, "--ignore-not-found"));

  async function up(account: string): Promise<string> {
    const opened = await stack();
    await configure(opened, (config) => {
      config.labels = { environment: "dev", account };
    });
    const args = ["up", "--yes", "--skip-preview", "--color", "never", "--stack", opened.name, "--config-file", opened.configFile];
    const run = timedUp(() => execa("pulumi", args, { cwd: ROOT, env: { ...opened.env, KUBECONFIG: kubeconfig }, all: true }));
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
});

function rights(): object[] {
  const subjects = [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }];
  const role = (kind: string, namespace: string | undefined, rules: readonly object[]) => [
    { apiVersion: `${RBAC}/v1`, kind, metadata: { name: NAME, namespace }, rules },
    binding(kind, namespace, NAME),
  ];
  const binding = (kind: string, namespace: string | undefined, name: string) => ({
    apiVersion: `${RBAC}/v1`,
    kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
    metadata: { name: NAME, namespace },
    roleRef: { apiGroup: RBAC, kind, name },
    subjects,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace: NAMESPACE } },
    ...role("Role", NAMESPACE, [...RIGHTS.always, ...RIGHTS.gates, ...RIGHTS.vault].map(ruleOf)),
    binding("ClusterRole", VAULT_NAMESPACE, "admin"),
    ...role("ClusterRole", undefined, [...CLUSTER_RIGHTS.map(ruleOf), BIND]),
  ];
}
