import * as assert from "node:assert/strict";
import { onStack } from "../../../cli/stack/engine";

const STACK = { name: "staging", configFile: "/kept/Pulumi.staging.yaml" };
const line = (args: string) => onStack(STACK, args.split(" ")).join(" ");
const CONFIG = "--config-file /kept/Pulumi.staging.yaml";

describe("cli/stack/engine", () => {
  const cases: [args: string, expected: string][] = [
    ["destroy --yes", `destroy --yes --stack staging ${CONFIG}`],
    ["preview --diff", `preview --diff --stack staging ${CONFIG}`],
    ["--color never up", `--color never up --stack staging ${CONFIG}`],
    ["config set a -- --b", `config set a --stack staging ${CONFIG} -- --b`],
    ["import type name id", `import type name id --stack staging ${CONFIG}`],
    ["stack output --json", "stack output --json --stack staging"],
    ["state delete urn", "state delete urn --stack staging"],
    ["cancel --yes", "cancel --yes --stack staging"],
    ["plugin ls", "plugin ls"],
  ];
  for (const [args, expected] of cases) it(`runs \`pulumi ${args}\` on the stack that is named`, () => assert.equal(line(args), expected));

  for (const args of [
    "up --config-file other.yaml",
    "up --config-file=other.yaml",
    "destroy --cwd ..",
    "-C .. destroy",
    "destroy --stack dev",
    "destroy -ys dev",
    "destroy -sdev",
  ])
    it(`refuses \`pulumi ${args}\``, () =>
      assert.throws(() => line(args), { name: "FixableError", message: /leads pulumi elsewhere than to stack staging/ }));
});
