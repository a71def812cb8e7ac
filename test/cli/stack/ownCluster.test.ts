import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findOwnCluster, type Named } from "../../../cli/stack/ownCluster";

const context = (name: string, cluster: string) => ({ name, context: { cluster, user: "u" } });
const kubeconfig = (contexts: object[], current = "", clusters = ["a"]) =>
  JSON.stringify({
    clusters: clusters.map((name) => ({ name, cluster: { server: `https://${name}` } })),
    users: [{ name: "u", user: { token: "t" } }],
    contexts,
    "current-context": current,
  });

describe("cli/stack/ownCluster", () => {
  let directory: string;
  const at = (name: string) => path.join(directory, name);
  const previous = process.env.KUBECONFIG;
  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "own-cluster-"));
    fs.writeFileSync(at("one"), kubeconfig([context("dev", "a"), context("half", "missing")], "dev"));
    fs.writeFileSync(at("two"), kubeconfig([context("prod", "b"), context("dev", "b")], "prod", ["b"]));
    fs.writeFileSync(at("none"), kubeconfig([context("dev", "a")]));
    fs.writeFileSync(at("text"), "just text");
    fs.writeFileSync(at("empty"), "apiVersion: v1\n");
  });
  after(() => {
    fs.rmSync(directory, { recursive: true });
    if (previous === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = previous;
  });

  const file = (more: object = {}) => ({ name: "Pulumi.prod.yaml", ...more });
  const found = async (named: Named, list: string[] = []) => {
    if (list.length === 0) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = list.map(at).join(path.delimiter);
    const { context, server, by } = await findOwnCluster(named);
    return [context, server, by];
  };

  it("takes the command line's context, else the file's, and the current one where neither names one", async () => {
    assert.deepEqual(await found({ context: "prod", file: file({ context: "dev" }) }, ["two"]), ["prod", "https://b", "KUBECONFIG"]);
    assert.deepEqual(await found({ file: file({ context: "dev" }) }, ["two"]), ["dev", "https://b", "KUBECONFIG"]);
    assert.deepEqual(await found({ file: file() }, ["two"]), ["prod", "https://b", "KUBECONFIG"]);
    assert.deepEqual(await found({ kubeconfig: at("one"), file: file() }, ["two"]), ["dev", "https://a", "--kubeconfig"]);
    assert.deepEqual(await found({ file: file({ kubeconfig: at("one") }) }, ["two"]), ["dev", "https://a", "Pulumi.prod.yaml"]);
  });

  it("puts files together as kubectl does: the first counts, and one that is not there is passed over", async () => {
    assert.deepEqual(await found({ file: file() }, ["nowhere", "one", "two"]), ["dev", "https://a", "KUBECONFIG"]);
    assert.deepEqual(await found({ context: "prod" }, ["one", "two"]), ["prod", "https://b", "KUBECONFIG"]);
  });

  const refused: [what: string, named: () => Named, list: string[], message: RegExp][] = [
    [
      "a context that there is not",
      () => ({ context: "prd" }),
      ["two"],
      /has no context `prd`, which --context names; did you mean `prod`\?\nRemedy: .*it has `prod`, `dev`$/,
    ],
    [
      "a context of the file that there is not",
      () => ({ file: file({ context: "live" }) }),
      ["one"],
      /has no context `live`, which Pulumi\.prod\.yaml names\nRemedy: correct `context` in Pulumi\.prod\.yaml/,
    ],
    [
      "a context whose cluster there is not",
      () => ({ context: "half" }),
      ["one"],
      /the context `half` names the cluster `missing`, and there is none of that name\n/,
    ],
    [
      "no context at all",
      () => ({ file: file() }),
      ["none"],
      /has no current context, and Pulumi\.prod\.yaml names none\nRemedy: name one with --context: it has `dev`$/,
    ],
    [
      "a file that is not there",
      () => ({ kubeconfig: at("nowhere") }),
      [],
      /^--kubeconfig: \S+nowhere is not there\nRemedy: name a file that there is/,
    ],
    [
      "a file that is no kubeconfig",
      () => ({ kubeconfig: at("text") }),
      [],
      /^--kubeconfig: \S+text is not a kubeconfig: line 1 is not a mapping\nRemedy: correct it/,
    ],
    [
      "a kubeconfig with nothing in it",
      () => ({ kubeconfig: at("empty") }),
      [],
      /is not a kubeconfig: it has neither contexts nor clusters\n/,
    ],
  ];
  for (const [what, named, list, message] of refused)
    it(`refuses ${what}`, () => assert.rejects(found(named(), list), { name: "FixableError", message }));
});
