import * as assert from "node:assert/strict";
import { problemsOf } from "../support/problems";
import { validateStack } from "../../config/validate";
import { asEngineValues, set, stackFile } from "../support/stackFiles";

function problems(path: string, value: Readonly<Record<string, string>>): string {
  const values = stackFile("dev");
  set(values, path.split("."), value);
  const result = validateStack(asEngineValues(values), "dev");
  return "problems" in result ? problemsOf(result).join("\n") : "";
}

describe("labels and annotations of a stack's file", () => {
  const refused: readonly (readonly [key: string, value: string, why: RegExp])[] = [
    // Forged marks: the next rotation would go by them, and a namespace would lose its Secret.
    ["cnpg-credentials/previous-login", "platform_a", /mark of this program/],
    ["cnpg-credentials/namespaces", "kube-system", /mark of this program/],
    // A patch of Postgres's pods: a container with the node's disk, say.
    ["cnpg.io/podPatch", '[{"op":"add","path":"/spec/hostPID","value":true}]', /order to CloudNativePG/],
    ["cnpg.io/reconciliationLoop", "disabled", /order to CloudNativePG/],
    ["cnpg.io/hibernation", "on", /order to CloudNativePG/],
    ["pulumi.com/skipAwait", "true", /tells Pulumi's provider/],
    ["pulumi.com/patchForce", "true", /tells Pulumi's provider/],
    ["kubernetes.io/service-account.name", "vault", /token of that account/],
  ];
  for (const [key, value, why] of refused)
    for (const path of ["annotations", "services.platform.annotations", "pods.annotations"])
      it(`refuses ${key} in ${path}`, () => {
        const said = problems(path, { [key]: value });
        assert.match(said, why);
        assert.ok(said.includes(`${path}.${key}`), said);
      });

  for (const path of ["labels", "services.platform.labels", "pods.labels"]) {
    it(`refuses a label of CloudNativePG's in ${path}, by which its Services would lead to other pods`, () =>
      assert.match(problems(path, { "cnpg.io/instanceRole": "primary" }), /order to CloudNativePG/));
    it(`refuses a mark of the program's in ${path}`, () =>
      assert.match(problems(path, { "cnpg-credentials/pod": "proof" }), /mark of this/));
  }

  it("takes others, and the way past the check of an archive that is not empty", () => {
    for (const key of ["argocd.argoproj.io/sync-wave", "cnpg.io/skipEmptyWalArchiveCheck", "example.com/cnpg.io"])
      assert.equal(problems("annotations", { [key]: "1" }), "");
    assert.equal(problems("labels", { "app.kubernetes.io/part-of": "shop" }), "");
  });
});

describe("runbookUrl", () => {
  const said = (runbookUrl: string) => {
    const result = validateStack(asEngineValues({ ...stackFile("dev"), runbookUrl }), "dev");
    return "problems" in result ? problemsOf(result).join("\n") : "";
  };

  it("takes addresses", () => {
    for (const one of ["https://docs.example/alerts.html", "https://git.example/a/b/-/blob/main/docs/alerts.md?plain=1"])
      assert.equal(said(one), "", one);
  });

  it("refuses what Prometheus would run as a template, a browser as a program, and a page as markup", () => {
    for (const one of [
      'https://evil.example/?{{ query "up" }}',
      "https://evil.example/{{.Labels}}",
      "javascript:alert(1)",
      "http://docs.example/x",
      'https://x"onclick="alert(1)',
      "https://x<script>",
      "https://x/\nhttps://y",
      "https://x/\u001b[8m",
    ])
      assert.match(said(one), /runbookUrl: is not an https address/, one);
  });
});
