import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { beginsWithProviders, refuse } from "../../../cli/pulumi/refusals";
import { REPOSITORY } from "../../../lab/paths";

const asked = (line: string) => refuse(line.split(" "), "prod");
const PROVIDER = "azure-native=urn:pulumi:prod::cnpg-credentials::pulumi:providers:azure-native::azure";

describe("cli/pulumi/refusals", () => {
  for (const line of [
    "up --yes",
    "preview --diff",
    "refresh --yes",
    "destroy --exclude-protected --yes",
    "policy ls",
    "policy validate-config a b",
    "import --file resources.json",
    `import azure-native:keyvault:Vault v /id --parent seal=urn:x --provider ${PROVIDER}`,
    `import azure-native:keyvault:Vault v /id --parent=seal=urn:x --provider=${PROVIDER}`,
    "stack output",
  ])
    it(`has nothing against \`pulumi ${line}\``, () => asked(line));

  const refused: [line: string, says: RegExp, remedy: RegExp][] = [
    ["policy publish acme", /nothing would be uploaded/, /preview --stack prod --policy-pack policy/],
    ["import kubernetes:core/v1:Secret platform a/b", /takes up by itself.*kubernetes:core\/v1:Secret/, /run `up`.*adopt.*takeOver/],
    [
      "import azure-native:keyvault:Vault v /id",
      /without its component and its provider/,
      /--parent NAME=urn:pulumi:prod::cnpg-credentials::TYPE::NAME/,
    ],
    ["import azure-native:keyvault:Vault v /id --parent a=b", /without its component/, /--provider NAME=urn:pulumi:prod/],
  ];
  for (const [line, says, remedy] of refused)
    it(`refuses \`pulumi ${line}\`, and says what does it`, () =>
      assert.throws(
        () => asked(line),
        (error: Error) => {
          assert.equal(error.name, "FixableError");
          assert.match(error.message, says);
          assert.match(error.message, new RegExp(`Remedy: .*${remedy.source}`));
          return true;
        },
      ));

  it("knows what begins with the providers of the state", () => {
    for (const line of ["refresh --yes", "destroy --exclude-protected", "--color never dn", "up --refresh", "preview -r"])
      assert.equal(beginsWithProviders(line.split(" ")), true, line);
    for (const line of ["up --yes", "preview --diff", "stack ls", "import x", "up --refresh=false"])
      assert.equal(beginsWithProviders(line.split(" ")), false, line);
  });

  it("has the policy pack refuse to be packed, which is how it would be published", () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, "policy/package.json"), "utf8")) as {
      scripts: { prepack: string };
    };
    const { status, stderr } = spawnSync("sh", ["-c", scripts.prepack], { encoding: "utf8" });
    assert.deepEqual([status, /--policy-pack policy/.test(stderr)], [1, true]);
  });
});
