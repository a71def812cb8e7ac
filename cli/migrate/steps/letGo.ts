import { VAULT_PATHS_ANNOTATION } from "../../../kube/marks";
import type { Writer } from "../types";
import { pausing, type Context, type StepOf } from "./step";
import { kubectlKind, VAULT_SECRETS } from "../../../kube/kinds/groups";

/** The Secret stays, and nothing writes it any more. */
export const letGo: StepOf = ({ writers, fileWriters, secret, vaultPaths }, context) => ({
  isDone: writers.length === 0 && fileWriters.length === 0,
  why: "with the object that writes it, the Secret would go as well, unless it is let go of; and what is changed in it before is written over",
  items: [
    ...fileWriters.map(({ where }) => ({
      text: `${where}: take it out of its repository, what applies it told not to prune it (Argo CD: the annotation argocd.argoproj.io/sync-options: Prune=false, Flux: kustomize.toolkit.fluxcd.io/prune: disabled)`,
    })),
    ...(writers.length > 0 && secret !== undefined && vaultPaths.length > 0
      ? [
          {
            text: `The Secret ${secret.name} keeps in mind where Vault has it, until that is retired`,
            commands: [context.commands.mark(`secret ${secret.name}`, "annotations", { [VAULT_PATHS_ANNOTATION]: vaultPaths.join(",") })],
          },
        ]
      : []),
    ...writers.flatMap((writer) => released(writer, context)),
  ],
});

function released({ kind, name, secret, maker, gitOps }: Writer, { commands }: Context) {
  const object = `${kind}/${name}`;
  return [
    ...pausing(object, gitOps),
    ...(maker === undefined ? [] : [{ text: `${maker} makes ${object} anew: first take this namespace out of those that it is for` }]),
    {
      text: `${object} goes, and the Secret ${secret} stays`,
      commands:
        kind === "ExternalSecret"
          ? commands.letGo(name)
          : [commands.removeAlone(`${kubectlKind(`${kind.toLowerCase()}s`, VAULT_SECRETS)} ${name}`)],
    },
  ];
}
