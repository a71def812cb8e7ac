import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { select } from "../../../catalog/select";
import { checkCluster, checkFile, checkMachine, type Asked, type Check, type MachineFacts } from "../../../cli/doctor/checks";
import { CNPG_RELEASE, EXTERNAL_SECRETS_RELEASE, installTool } from "../../../cli/shared/installs";
import { renderText } from "../../../cli/doctor/render";
import { choicesOf, type Choices } from "../../../config/choices";
import { pinnedVersion } from "../../../lab/toolchain/go";
import { preflightRequest } from "../../../preflight/request";
import { clusterFacts } from "../../support/cluster";
import { stackConfig } from "../../support/fixtures";
import { HOSTILE, shellWords } from "../../support/hostile";
import { stackFile } from "../../support/stackFiles";

const MACHINE: MachineFacts = {
  platform: "linux",
  node: "22.23.3",
  pulumi: { pinned: "3.259.0", onPath: "3.260.0", serves: true },
  kubectl: "1.35.0",
};

/** A stack with an answer to every question. */
async function asked(values: Readonly<Record<string, unknown>> = {}, change: (one: Mutable) => void = () => undefined): Promise<Asked> {
  const stack = choicesOf(
    stackConfig({ services: { platform: {}, inference: {} }, environment: "dev", ...values }, { image: "pg:17" }),
    "dev",
  );
  const selected = await select(stack);
  assert.ok("services" in selected, JSON.stringify(selected));
  const request = preflightRequest(stack, selected.services, undefined, selected);
  const facts = {
    ...clusterFacts(),
    elsewhere: request.elsewhere.map(() => ({ namespaceExists: true, marks: {}, missing: [], forbidden: [] })),
  };
  const own = {
    version: "v1.35.0",
    user: "jane",
    namespaces: { apps: { exists: true, enforce: "restricted", quotas: [] as string[] } },
    externalSecrets: true,
    externalSecretsReleases: ["0.20.4"],
    images: { "pg:17": { on: 1, of: 1 } },
  };
  const one: Mutable = {
    stack,
    request,
    facts,
    own,
    reach: { stack: "dev", kubectl: ["kubectl", "--context", "lab"], helm: ["--kube-context", "lab"] },
  };
  change(one);
  return one;
}

interface Mutable {
  stack: Choices;
  request: Asked["request"];
  facts: { -readonly [key in keyof Asked["facts"]]: Asked["facts"][key] };
  own: { -readonly [key in keyof Asked["own"]]: Asked["own"][key] };
  reach: Asked["reach"];
}

const missing = (checks: readonly Check[]) => checks.filter(({ state }) => state === "missing");
const only = (checks: readonly Check[], name: string): Check => {
  const found = checks.filter((one) => one.name === name);
  assert.equal(found.length, 1, JSON.stringify(checks));
  return found[0]!;
};

describe("cli/doctor", () => {
  it("misses nothing where everything is there", async () => {
    const checks = checkCluster(await asked());
    assert.deepEqual(missing(checks), []);
    assert.deepEqual(
      checks.map(({ name }) => name),
      ["API server", "CloudNativePG", "Namespace apps", "Rights", "Storage class", "Quota and policies", "Image"],
    );
  });

  it("names what installs an operator that is not there, in the cluster that was asked", async () => {
    const check = only(checkCluster(await asked({}, ({ facts }) => void (facts.cnpgKinds = []))), "CloudNativePG");
    assert.equal(check.state, "missing");
    assert.deepEqual(check.fix, [
      "kubectl --context lab apply --server-side -f https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.30/releases/cnpg-1.30.0.yaml",
      "kubectl --context lab -n cnpg-system rollout status deployment/cnpg-controller-manager",
    ]);
  });

  it("tells an operator without DatabaseRole as too old, and one without a pod as what it is", async () => {
    const old = only(checkCluster(await asked({}, ({ facts }) => void (facts.cnpgKinds = ["clusters"]))), "CloudNativePG");
    assert.match(old.found, /older than 1\.30/);
    assert.equal(old.fix.length, 2);
    const stopped = await asked({}, ({ facts }) => void (facts.operators = [{ version: "1.30.0", available: 0 }]));
    const check = only(checkCluster(stopped), "CloudNativePG");
    assert.deepEqual([check.state, check.fix], ["missing", []]);
  });

  it("says all that a namespace which is not there would keep back", async () => {
    const checks = checkCluster(
      await asked({}, ({ facts, own }) => {
        facts.namespaceExists = false;
        facts.cnpgKinds = [];
        facts.storageClasses = [];
        own.namespaces = { apps: { exists: false, quotas: [] } };
      }),
    );
    assert.deepEqual(
      missing(checks).map(({ name }) => name),
      ["CloudNativePG", "Namespace apps", "Storage class"],
    );
    assert.deepEqual(only(checks, "Namespace apps").fix, [
      "cnpg-credentials prepare --stack dev --print | kubectl --context lab apply --server-side -f -",
    ]);
  });

  it("misses a namespace of applications that is not there, and judges no pods in one that is", async () => {
    const services = { platform: { namespaces: ["web"] } };
    const check = async (exists: boolean) =>
      only(
        checkCluster(await asked({ services }, ({ own }) => void (own.namespaces = { ...own.namespaces, web: { exists, quotas: [] } }))),
        "Namespace web",
      );
    const [there, missed] = [await check(true), await check(false)];
    assert.deepEqual([there.state, missed.state], ["ok", "missing"]);
    assert.deepEqual(missed.fix, ["kubectl --context lab create namespace web"]);
  });

  it("looks for External Secrets where the stack has Vault, and for Prometheus' operator where it has alerts", async () => {
    const { vault } = stackFile("dev");
    const checks = checkCluster(
      await asked({ vault, alerts: "prometheusRule" }, ({ own }) => {
        own.externalSecrets = false;
        own.namespaces = { ...own.namespaces, vault: { exists: true, enforce: "restricted", quotas: [] } };
      }),
    );
    assert.deepEqual(
      missing(checks).map(({ name }) => name),
      ["External Secrets", "Prometheus operator"],
    );
    assert.match(
      only(checks, "External Secrets").fix[0]!,
      /^helm --kube-context lab upgrade --install external-secrets .* --version 0\.20\.4 /,
    );
    assert.match(only(checks, "Prometheus operator").fix[0]!, /^kubectl --context lab create -f https:.*bundle\.yaml$/);
  });

  it("misses nothing in the lab that `up` gives there", async () => {
    const { vault } = stackFile("dev");
    const checks = checkCluster(
      await asked({ vault }, (one) => {
        one.own.externalSecrets = false;
        one.own.namespaces = { apps: { exists: false, quotas: [] }, vault: { exists: false, quotas: [] } };
        one.facts.namespaceExists = false;
        one.reach = { ...one.reach, isOurs: true };
      }),
    );
    assert.deepEqual(missing(checks), []);
  });

  it("names the rights that an account lacks, and the line that grants them to it", async () => {
    const lacking = (user: string) =>
      asked({}, ({ facts, own }) => {
        facts.forbidden = ["create secrets", "patch clusters pg"];
        own.user = user;
      });
    const check = only(checkCluster(await lacking("jane")), "Rights");
    assert.match(check.found, /^jane may not: .*create secrets.*patch clusters \(pg\)/);
    assert.equal(check.fix.at(-1), "cnpg-credentials rbac --stack dev --subject User:jane | kubectl --context lab apply -f -");
    const account = only(checkCluster(await lacking("system:serviceaccount:ci:deployer")), "Rights");
    assert.match(account.fix.at(-1)!, /--subject ServiceAccount:ci\/deployer /);
  });

  it("tells what a quota or a policy refuses, and a namespace that takes any pod", async () => {
    const refusing = await asked({}, ({ facts, own }) => {
      facts.proofRefused = "exceeded quota: compute";
      own.namespaces = { apps: { exists: true, quotas: [] } };
    });
    const checks = checkCluster(refusing);
    assert.match(only(checks, "Quota and policies").found, /exceeded quota: compute/);
    const label = only(checks, "Namespace apps");
    assert.deepEqual(
      [label.state, label.fix],
      ["advice", ["kubectl --context lab label namespace apps pod-security.kubernetes.io/enforce=restricted"]],
    );
  });

  it("tells what else an `up` would refuse, once", async () => {
    const taken = await asked(
      {},
      ({ facts }) => void (facts.objects = { ...facts.objects, secrets: [{ name: "platform-db-credentials" }] }),
    );
    const checks = missing(checkCluster(taken));
    assert.deepEqual(
      checks.map(({ name }) => name),
      ["Refused by `up`"],
    );
  });

  it("says of an image what a node knows, and no more", async () => {
    const unknown = await asked({}, ({ own }) => void (own.images = { "pg:17": { on: 0, of: 3 }, "node:22": "unknown" }));
    const images = checkCluster(unknown).filter(({ name }) => name === "Image");
    assert.deepEqual(
      images.map(({ state }) => state),
      ["unknown", "unknown"],
    );
  });

  it("does without what `up` brings along, and says how to install it", () => {
    const checks = checkMachine({ platform: "darwin", node: "22.23.3", pulumi: { pinned: "3.259.0", serves: false } });
    assert.deepEqual(missing(checks), []);
    assert.deepEqual(only(checks, "Pulumi").fix, ["brew install pulumi/tap/pulumi"]);
    assert.deepEqual(installTool("kubectl", "win32"), ["winget install --exact --id Kubernetes.kubectl"]);
    assert.match(installTool("kubectl", "linux")[0]!, /^# https:/);
  });

  it("tells every problem of the stack's file", () => {
    const problem = { place: "Pulumi.dev.yaml:5", path: "cluster.instances", message: "is less than 1", remedy: "write a larger number" };
    const [check] = checkFile("dev", [problem]);
    assert.equal(check!.found, "Pulumi.dev.yaml:5 cluster.instances: is less than 1; write a larger number");
    assert.equal(checkFile("dev", [])[0]!.state, "ok");
  });

  it("installs what the lab and the tests have", async () => {
    assert.equal(await pinnedVersion("cnpg", "github.com/cloudnative-pg/cloudnative-pg"), `v${CNPG_RELEASE}`);
    assert.equal(await pinnedVersion("external-secrets", "github.com/external-secrets/external-secrets"), `v${EXTERNAL_SECRETS_RELEASE}`);
  });

  it("prints lines that a shell takes as they are, although somebody else has written a part of them", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "doctor-"));
    try {
      for (const text of HOSTILE) {
        const checks = checkCluster(
          await asked({}, (one) => {
            one.facts.cnpgKinds = [];
            one.facts.forbidden = ["create secrets"];
            one.own.user = text;
            one.reach = { stack: "dev", kubectl: ["kubectl", "--context", text], helm: ["--kube-context", text] };
            one.own.namespaces = { apps: { exists: false, quotas: [] } };
          }),
        );
        const lines = checks.flatMap(({ fix }) => fix).filter((line) => !line.startsWith("#"));
        for (const words of shellWords(lines, directory)) assert.match(words[0]!, /^(kubectl|cnpg-credentials)$/);
        assert.deepEqual(fs.readdirSync(directory), []);
      }
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it("shows what is missing last, where a terminal stands, with the lines below it", async () => {
    const checks = [...checkMachine(MACHINE), ...checkCluster(await asked({}, ({ facts }) => void (facts.cnpgKinds = [])))];
    const text = renderText({ schema: 1, stack: "dev", place: "stack dev in context lab at https://x", clean: false, checks });
    const lines = text.split("\n");
    assert.match(lines.at(-1)!, /^1 of \d+ missing: `up` would fail\. Nothing was changed\.$/);
    assert.ok(lines.findIndex((line) => /^  missing +CloudNativePG/.test(line)) > lines.findIndex((line) => /^  ok +Node/.test(line)));
  });
});
