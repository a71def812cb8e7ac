import * as assert from "node:assert/strict";
import { COMMANDS } from "../../../cli/commands";
import { arrange } from "../../../cli/shared/arguments";

const arranged = (line: string) => {
  const { command, args } = arrange(line === "" ? [] : line.split(" "), (name) => COMMANDS[name]);
  return [command, ...args].join(" ");
};

describe("cli/shared/arguments", () => {
  const same: [string, string][] = [
    ["pulumi destroy --stack staging --yes", "pulumi --stack=staging destroy --yes"],
    ["pulumi destroy --stack=staging --yes", "pulumi --stack=staging destroy --yes"],
    ["pulumi destroy -s staging --yes", "pulumi --stack=staging destroy --yes"],
    ["pulumi destroy --yes -s=staging", "pulumi --stack=staging destroy --yes"],
    ["pulumi --stack staging destroy --yes", "pulumi --stack=staging destroy --yes"],
    ["--stack staging pulumi destroy --yes", "pulumi --stack=staging destroy --yes"],
    ["-s staging pulumi destroy --yes", "pulumi --stack=staging destroy --yes"],
    ["--stack=staging pulumi destroy --stack staging --yes", "pulumi --stack=staging destroy --yes"],
    ["pulumi config set a -- --stack", "pulumi config set a -- --stack"],
    ["psql platform --stack prod -c x", "psql --stack=prod platform -c x"],
    ["psql platform -s prod", "psql --stack=prod platform"],
    ["psql platform --context c --kubeconfig k -XAt", "psql --context=c --kubeconfig=k platform -XAt"],
    ["psql platform -- -s", "psql platform -- -s"],
    ["rotate platform --stack prod", "rotate --stack=prod platform"],
    ["rotate -g one two -s prod", "rotate --stack=prod -g one two"],
    ["kubectl get pods --stack prod", "kubectl --stack=prod get pods"],
    ["kubectl get pods -s https://elsewhere", "kubectl get pods -s https://elsewhere"],
    ["-s prod kubectl get pods", "kubectl --stack=prod get pods"],
    ["kubectl exec p -- psql --stack prod", "kubectl exec p -- psql --stack prod"],
    ["status --lab", "status --lab"],
    ["--lab status", "status --lab"],
    ["inventory --repo a b --stack prod -o json", "inventory --stack=prod --repo a b -o json"],
    ["audit . --stack", "audit . --stack"],
    ["recover -s organization/project/prod", "recover --stack=organization/project/prod"],
    ["--help", " --help"],
    ["nonsense --stack prod", "nonsense --stack prod"],
  ];
  for (const [line, expected] of same) it(`reads \`${line}\``, () => assert.equal(arranged(line), expected));

  const refused: [string, RegExp][] = [
    ["status --stack prod -s staging", /^--stack is given twice, as `prod` and as `staging`\n/],
    ["--stack prod pulumi destroy --stack=staging", /^--stack is given twice, as `prod` and as `staging`\n/],
    ["pulumi destroy --yes --stack", /^--stack names no stack\n/],
    ["pulumi destroy --stack --yes", /^--stack names no stack\n/],
    ["status --stack=", /^--stack names no stack\n/],
    ["status --context", /^--context names no context\n/],
    ["status --kubeconfig -o json", /^--kubeconfig names no file\n/],
  ];
  for (const [line, message] of refused)
    it(`refuses \`${line}\``, () => assert.throws(() => arranged(line), { name: "FixableError", message }));
});
