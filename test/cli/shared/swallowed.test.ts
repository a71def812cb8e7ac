import * as assert from "node:assert/strict";
import { COMMANDS } from "../../../cli/commands";
import { known, OF_OTHERS, refuseSwallowed } from "../../../cli/shared/swallowed";

/**
 * What npm 11 leaves of a command line without a `--`, as it was seen: arguments and environment.
 */
interface Left {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

async function refusal({ command, args, env }: Left): Promise<string | undefined> {
  const { load, handsOnTo } = COMMANDS[command]!;
  const options = [...(await load()).options.map(known), ...(handsOnTo ? OF_OTHERS[handsOnTo] : [])];
  try {
    const isStack = (name: string) => ["dev", "staging", "prod"].includes(name);
    refuseSwallowed({ command, args, options, env: { npm_lifecycle_event: command, npm_command: "run", ...env }, isStack });
    return undefined;
  } catch (error) {
    return (error as Error).message.split("\n").at(-1);
  }
}

describe("cli/shared/swallowed", () => {
  const cases: [typed: string, left: Left, remedy: string | undefined][] = [
    [
      "npm run inventory --stack=prod",
      { command: "inventory", args: [], env: { npm_config_stack: "prod" } },
      "Remedy: write npm run inventory -- --stack prod",
    ],
    [
      "npm run status --stack prod",
      { command: "status", args: ["prod"], env: { npm_config_stack: "true" } },
      "Remedy: write npm run status -- --stack prod",
    ],
    [
      "npm run rotate platform --stack prod",
      { command: "rotate", args: ["platform", "prod"], env: { npm_config_stack: "true" } },
      "Remedy: write npm run rotate -- platform --stack prod",
    ],
    [
      "npm run rotate platform -s prod",
      { command: "rotate", args: ["platform", "prod"], env: { npm_config_loglevel: "silent" } },
      "Remedy: write npm run rotate -- platform -s prod",
    ],
    [
      "npm run psql platform -s prod",
      { command: "psql", args: ["platform", "prod"], env: { npm_config_loglevel: "silent" } },
      "Remedy: write npm run psql -- platform -s prod",
    ],
    [
      "npm run pulumi destroy --stack=staging --yes",
      { command: "pulumi", args: ["destroy"], env: { npm_config_stack: "staging", npm_config_yes: "true" } },
      "Remedy: write npm run pulumi -- destroy --stack staging --yes",
    ],
    [
      "npm run pulumi up --target=urn",
      { command: "pulumi", args: ["up"], env: { npm_config_target: "urn" } },
      "Remedy: write npm run pulumi -- up --target urn",
    ],
    [
      "npm run rotate platform --yes",
      { command: "rotate", args: ["platform"], env: { npm_config_yes: "true" } },
      "Remedy: write npm run rotate -- platform --yes",
    ],
    [
      "npm run status --context=kind-kind",
      { command: "status", args: [], env: { npm_config_context: "kind-kind" } },
      "Remedy: write npm run status -- --context kind-kind",
    ],
    [
      "npm run status --kubeconfig file",
      { command: "status", args: ["file"], env: { npm_config_kubeconfig: "true" } },
      "Remedy: write npm run status -- --kubeconfig file",
    ],
    [
      "npm run drift --no-login",
      { command: "drift", args: [], env: { npm_config_login: "" } },
      "Remedy: write npm run drift -- --no-login",
    ],
    [
      "npm run smoke -o json",
      { command: "smoke", args: ["json"], env: { npm_config_o: "true" } },
      "Remedy: write npm run smoke -- --output json",
    ],
    [
      "npm run kubectl get pods --namespace=x",
      { command: "kubectl", args: ["get", "pods"], env: { npm_config_namespace: "x" } },
      "Remedy: write npm run kubectl -- get pods --namespace x",
    ],
    [
      "npm exec cnpg-credentials --stack=prod status",
      { command: "status", args: [], env: { npm_config_stack: "prod", npm_command: "exec", npm_lifecycle_event: "npx" } },
      "Remedy: write npx cnpg-credentials status --stack prod",
    ],
    ["npm run status", { command: "status", args: [], env: { npm_config_yes: "", npm_config_audit: "" } }, undefined],
    ["npm run status -- -s prod", { command: "status", args: ["--stack=prod"], env: {} }, undefined],
    [
      "npm run --silent pulumi -- stack select prod",
      { command: "pulumi", args: ["stack", "select", "prod"], env: { npm_config_loglevel: "silent" } },
      undefined,
    ],
    [
      "npm run --silent kubectl -- get pods -n prod",
      { command: "kubectl", args: ["get", "pods", "-n", "prod"], env: { npm_config_loglevel: "silent" } },
      undefined,
    ],
    [
      "npm run --silent psql -- --stack prod prod",
      { command: "psql", args: ["--stack=prod", "prod"], env: { npm_config_loglevel: "silent" } },
      undefined,
    ],
    [
      "npm run --silent kubectl -- get namespace prod",
      { command: "kubectl", args: ["get", "namespace", "prod"], env: { npm_config_loglevel: "silent" } },
      undefined,
    ],
    [
      "a test that npm runs, and that starts the command",
      { command: "status", args: [], env: { npm_config_stack: "prod", npm_lifecycle_event: "test" } },
      undefined,
    ],
    [
      "npm_config_audit=true npm run vault:init",
      { command: "vault:init", args: ["--stack=prod"], env: { npm_config_audit: "true", npm_config_ca: "pem" } },
      undefined,
    ],
  ];
  for (const [typed, left, remedy] of cases)
    it(`${remedy === undefined ? "lets through" : "refuses"} \`${typed}\``, async () => assert.equal(await refusal(left), remedy));
});
