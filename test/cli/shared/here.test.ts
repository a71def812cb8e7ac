import * as assert from "node:assert/strict";
import * as path from "node:path";
import { allFromHere, here, kubeconfigFromHere } from "../../../cli/shared/here";
import { REPOSITORY } from "../../../lab/paths";

describe("cli/shared/here", () => {
  it("is where npm was called, of a command that npm has moved into the clone; else where the command is", () => {
    assert.equal(here({ INIT_CWD: "/there" }, REPOSITORY), "/there");
    assert.equal(here({}, REPOSITORY), REPOSITORY);
    assert.equal(here({ INIT_CWD: "/there" }, "/desk"), "/desk");
  });

  it("is what every file of KUBECONFIG is taken from", () => {
    const env = { INIT_CWD: "/there", KUBECONFIG: ["a", "/b", "", "../c"].join(path.delimiter) };
    kubeconfigFromHere(env);
    assert.equal(env.KUBECONFIG, [path.resolve(here(env), "a"), "/b", path.resolve(here(env), "../c")].join(path.delimiter));
    const none: NodeJS.ProcessEnv = { KUBECONFIG: "" };
    kubeconfigFromHere(none);
    assert.equal(none.KUBECONFIG, "");
  });

  it("is what each of several files is taken from", () =>
    assert.deepEqual(allFromHere("b", allFromHere("/a")), ["/a", path.resolve(here(), "b")]));
});
