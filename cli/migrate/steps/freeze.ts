import type { ServiceFacts } from "../services";
import type { Writer } from "../types";
import { aboutPaths, formerPaths, removal, staticRole } from "../vaultPaths";
import { pausing, type Context, type StepOf } from "./step";
import { EXTERNAL_SECRETS, kubectlKind } from "../../../kube/kinds/groups";

/** Nobody changes the password while it is taken over. */
export const freeze: StepOf = (facts, context) => ({
  isDone: facts.writers.every(({ isFrozen }) => isFrozen),
  why: "nobody gives it another password meanwhile",
  items: facts.writers.filter(({ isFrozen }) => !isFrozen).flatMap((writer) => frozen(writer, facts, context)),
});

function frozen(writer: Writer, facts: ServiceFacts, { commands }: Context) {
  const object = `${writer.kind}/${writer.name}`;
  const rotated = formerPaths(facts).filter(({ path }) => writer.sources.includes(path) && staticRole(path) !== undefined);
  return [
    ...pausing(object, writer.gitOps),
    writer.kind === "ExternalSecret"
      ? {
          text: `${object} fetches no more. What is in the Secret ${writer.secret} stays, as long as nobody else changes it`,
          commands: [
            commands.patch([kubectlKind("externalsecrets", EXTERNAL_SECRETS), writer.name], {
              spec: { refreshPolicy: "CreatedOnce", refreshInterval: "0s" },
            }),
          ],
        }
      : {
          text: `${object} has no setting to wait: nobody may write ${writer.sources.join(", ")} until it has been let go of`,
        },
    ...aboutPaths(rotated, "Vault rotates it no more. The role stays in Postgres, with the password that it has", removal),
  ];
}
