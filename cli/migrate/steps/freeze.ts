import type { Writer } from "../types";
import { pausing, type Context, type StepOf } from "./step";
import { EXTERNAL_SECRETS, kubectlKind } from "../../../kube/kinds/groups";

/** Nobody changes the password while it is taken over. */
export const freeze: StepOf = ({ writers }, context) => ({
  isDone: writers.every(({ isFrozen }) => isFrozen),
  why: "nobody gives it another password meanwhile",
  items: writers.filter(({ isFrozen }) => !isFrozen).flatMap((writer) => frozen(writer, context)),
});

function frozen(writer: Writer, { commands }: Context) {
  const object = `${writer.kind}/${writer.name}`;
  const rotated = writer.sources.flatMap((source) => staticRole(source) ?? []);
  return [
    ...pausing(object, writer.gitOps),
    writer.kind === "ExternalSecret"
      ? {
          text: `${object} fetches no more. What is in the Secret ${writer.secret} stays, as long as nobody else changes it`,
          commands: [
            commands.patch(`${kubectlKind("externalsecrets", EXTERNAL_SECRETS)} ${writer.name}`, {
              spec: { refreshPolicy: "CreatedOnce", refreshInterval: "0s" },
            }),
          ],
        }
      : {
          text: `${object} cannot be told to wait: nobody writes ${writer.sources.join(", ")} until it has been let go of`,
        },
    ...(rotated.length === 0
      ? []
      : [
          {
            text: "Vault rotates it no more. The role stays in Postgres, with the password that it has",
            commands: rotated.map((role) => `vault delete ${role}`),
          },
        ]),
  ];
}

/** `database/static-creds/app` is the password of `database/static-roles/app`. */
export function staticRole(source: string): string | undefined {
  const [, mount, name] = /(?:^|\/)([\w-]+)\/static-(?:creds|roles)\/([\w./-]+)$/.exec(source) ?? [];
  return mount === undefined || name === undefined ? undefined : `${mount}/static-roles/${name}`;
}
