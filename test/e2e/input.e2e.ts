import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { ManagedStack } from "../../lab/engine";
import { npm, ok, ROOT, transcripts } from "./support/commands";
import { configure, kubectl, NAMESPACE, stack, target, type Configuration } from "./support/lab";

// What only a real engine and a real cluster can show; every other message has its test beside the code that makes it.
describe("bad input", () => {
  let scratch: string;
  before(async () => {
    scratch = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-e2e-"));
  });
  after(() => fs.rm(scratch, { recursive: true }));

  /** Runs an `up` that must end with one error, without a stack trace, before anything is changed. */
  async function refused(
    change: (config: Configuration) => void,
    expected: readonly RegExp[],
    env: NodeJS.ProcessEnv = {},
    existing?: ManagedStack,
  ): Promise<void> {
    const opened = existing ?? (await stack());
    await configure(opened, change);
    const before = await versions();
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", opened.name, "--config-file", opened.configFile];
    const run = await execa("pulumi", args, { cwd: ROOT, env: { ...opened.env, ...env }, all: true, reject: false });
    transcripts.push(run.all);
    assert.notEqual(run.exitCode, 0, run.all);
    for (const message of expected) assert.match(run.all, message);
    assert.equal(run.all.match(/^ +error: /gm)?.length ?? 1, 1, run.all);
    assert.doesNotMatch(run.all, /^\s+at .*:\d+:\d+\)?$/m);
    assert.equal(await versions(), before);
  }

  it("lists every problem of a stack file at once", () =>
    refused(
      (config) => {
        config.cluster = { ...config.cluster, instances: 0, storage: { size: "lots" }, colour: "red" };
        config.services.langfuse = { enabled: "yes" };
        config.nonsense = "x";
      },
      [
        /Configuration of stack dev: 5 problems, nothing was changed/,
        /cluster\.instances: /,
        /cluster\.storage\.size: /,
        /cluster\.colour: /,
        /services\.langfuse\.enabled: /,
        /nonsense: /,
      ],
    ));

  it("a service that is on but unknown", () =>
    refused(
      (config) => {
        config.services.unheard = {};
      },
      [/services\.unheard: is not in the catalogue/],
    ));

  it("storage that shrinks", () =>
    refused(
      (config) => {
        config.cluster.storage = { size: "1Gi" };
      },
      [/cluster\.storage\.size: 1Gi is less than the living cluster's 2Gi/],
    ));

  it("a namespace that does not exist, a storage class that does not exist, a PodMonitor nobody knows", async () => {
    await refused(
      (config) => {
        config.namespace = "nowhere";
      },
      [/Namespace\/nowhere: does not exist/],
    );
    await refused(
      (config) => {
        config.namespace = "default";
        config.cluster.storage = { size: "2Gi", class: "gold" };
        config.cluster.monitoring = "podMonitor";
      },
      [/has no StorageClass `gold`/, /cluster\.monitoring: /],
    );
  });

  it("a kubeconfig that does not answer, and a context it does not have", async () => {
    const { kubeconfig } = await target();
    const dead = path.join(scratch, "dead");
    await fs.writeFile(dead, (await fs.readFile(kubeconfig, "utf8")).replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:9"));
    await refused(() => undefined, [/https:\/\/127\.0\.0\.1:9 does not answer/], { KUBECONFIG: dead });
    await refused(
      (config) => {
        config.context = "elsewhere";
      },
      [/the kubeconfig has no context `elsewhere`/],
    );
  });

  it("an account without the rights; with those that the README names, an up works", async () => {
    await kubectl("-n", NAMESPACE, "create", "serviceaccount", "nobody");
    const account = `--serviceaccount=${NAMESPACE}:nobody`;
    try {
      const token = await kubectl("-n", NAMESPACE, "create", "token", "nobody");
      const { kubeconfig } = await target();
      const file = parse(await fs.readFile(kubeconfig, "utf8")) as { users: { user: unknown }[] };
      file.users[0]!.user = { token };
      const restricted = path.join(scratch, "restricted");
      await fs.writeFile(restricted, stringify(file), { mode: 0o600 });
      await refused(() => undefined, [/this account may not get, list, create, patch, update, delete secrets/], { KUBECONFIG: restricted });
      const verbs = "--verb=get,list,create,patch,update,delete";
      const kinds = ["clusters", "databases", "databaseroles", "scheduledbackups"].map((kind) => `--resource=${kind}.postgresql.cnpg.io`);
      const fetched = ["externalsecrets.external-secrets.io", "configmaps", "serviceaccounts", "cronjobs.batch"];
      const rbac = ["roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"];
      const others = [...fetched, ...rbac].map((kind) => `--resource=${kind}`);
      await kubectl("-n", NAMESPACE, "create", "role", "nobody", verbs, "--resource=secrets", "--resource=jobs.batch", ...kinds, ...others);
      await kubectl("-n", NAMESPACE, "create", "role", "nobody-watches", "--verb=get,list,watch", "--resource=pods");
      for (const role of ["nobody", "nobody-watches"])
        await kubectl("-n", NAMESPACE, "create", "rolebinding", role, `--role=${role}`, account);
      await kubectl("-n", "vault", "create", "rolebinding", "nobody", "--clusterrole=admin", account);
      const wide = ["clustersecretstores.external-secrets.io", "clusterrolebindings.rbac.authorization.k8s.io"];
      await kubectl("create", "clusterrole", "nobody", verbs, ...wide.map((kind) => `--resource=${kind}`));
      const delegator = ["--resource=clusterroles.rbac.authorization.k8s.io", "--resource-name=system:auth-delegator"];
      await kubectl("create", "clusterrole", "nobody-binds", "--verb=bind", ...delegator);
      for (const role of ["nobody", "nobody-binds"]) await kubectl("create", "clusterrolebinding", role, `--clusterrole=${role}`, account);
      const opened = await stack();
      await configure(opened, (config) => {
        config.labels = { environment: "dev", account: "restricted" };
      });
      const args = ["up", "--yes", "--stack", "dev", "--config-file", opened.configFile];
      await execa("pulumi", args, { cwd: ROOT, env: { ...opened.env, KUBECONFIG: restricted } });
    } finally {
      await kubectl("-n", NAMESPACE, "delete", "serviceaccount,role,rolebinding", "nobody", "nobody-watches", "--ignore-not-found");
      await kubectl("-n", "vault", "delete", "rolebinding", "nobody", "--ignore-not-found");
      await kubectl("delete", "clusterrole,clusterrolebinding", "nobody", "nobody-binds", "--ignore-not-found");
    }
  });

  it("an operator that does not run", async () => {
    const scale = (replicas: number) =>
      kubectl("-n", "cnpg-system", "scale", "deployment/cnpg-controller-manager", `--replicas=${replicas}`);
    await scale(0);
    try {
      await kubectl("-n", "cnpg-system", "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=cloudnative-pg", "--timeout=60s");
      await refused(() => undefined, [/the operator's Deployment has no running pod/]);
    } finally {
      await scale(1);
      await kubectl("-n", "cnpg-system", "rollout", "status", "deployment/cnpg-controller-manager", "--timeout=120s");
    }
  });

  it("a passphrase that does not fit", async () => {
    const wrong = path.join(scratch, "passphrase");
    await fs.writeFile(wrong, "wrong");
    await refused(() => undefined, [/incorrect passphrase/], { PULUMI_CONFIG_PASSPHRASE_FILE: wrong });
  });

  it("a stack without a file", async () => {
    const { code, text } = await npm("up", ["--stack", "qa"]);
    assert.equal(code, 2);
    assert.match(text, /Pulumi\.qa\.yaml cannot be read\nRemedy: /);
    const bare = { ...(await stack()), name: "dev" };
    await fs.writeFile(
      path.join(scratch, "empty.yaml"),
      stringify({ ...(parse(await fs.readFile(bare.configFile, "utf8")) as object), config: {} }),
    );
    await refused(
      () => undefined,
      [/Pulumi\.dev\.yaml: has no configuration for this program/],
      {},
      { ...bare, configFile: path.join(scratch, "empty.yaml") },
    );
  });

  it("leaves a stack that still comes up", async () => {
    assert.match(await ok(npm("up")), /^14 of 14 services logged in over TLS/m);
  });
});

/** The versions of everything in the namespace that the program could have changed. */
function versions(): Promise<string> {
  const kinds = "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,secrets";
  return kubectl(
    "-n",
    NAMESPACE,
    "get",
    kinds,
    "-o",
    "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation} {.data}{'\\n'}{end}",
  );
}
