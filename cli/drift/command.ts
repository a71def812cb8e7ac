import type { Command } from "commander";
import { createReport } from "../../lab/progress";
import { describe, format, onStack } from "../shared/options";
import { existingStack } from "../stack/existing";
import { answeringTarget, namedTarget, type TargetOptions } from "../stack/target";
import { drift, exitCode, renderJson, renderText } from ".";
import { renderHtml } from "./htmlPage";
import type { DriftReport } from "./types";
import { vaultToken } from "./vaultToken";

type Options = TargetOptions & { login: boolean; vault: boolean; vaultRoles?: true; output: keyof typeof RENDER };

const RENDER = {
  text: (found: DriftReport) => `${renderText(found)}\n`,
  json: (found: DriftReport) => `${renderJson(found)}\n`,
  html: renderHtml,
};

export function driftCommand(): Command {
  const about = describe({
    name: "drift",
    description: "Compare Secrets, CloudNativePG, Postgres and copies in Vault with what Pulumi wrote. Changes nothing.",
    cluster: "the stack's, else the lab; read only",
    examples: [
      ["drift", "what is not as it should be, and the command that fixes it"],
      ["drift --stack prod -o json", "for a pipeline"],
      ["drift --stack prod -o html > drift.html", "one file for a browser"],
    ],
    environment: [["VAULT_TOKEN, VAULT_ADDR", "with --vault-roles: a token, and the address of another Vault"]],
  });
  return onStack(about)
    .option("--no-login", "log in nowhere, and look at nothing in Postgres")
    .option("--no-vault", "read no copies in Vault")
    .option(
      "--vault-roles",
      "with VAULT_TOKEN: look for roles of CloudNativePG's in Vault's database engines (VAULT_ADDR: of another Vault)",
    )
    .addOption(format(["text", "json", "html"]))
    .action(act);
}

async function act(options: Options): Promise<void> {
  const { stack, login, vault, vaultRoles, output } = options;
  const token = vaultRoles ? await vaultToken() : undefined;
  const target = await answeringTarget(options);
  const found = await drift({
    pulumi: await existingStack(createReport(), target, stack),
    stack,
    config: target.config,
    target: namedTarget(options),
    noLogin: !login,
    noVault: !vault,
    ...(token === undefined ? {} : { vaultRoles: token }),
  });
  process.stdout.write(RENDER[output](found));
  process.exitCode = exitCode(found);
}
