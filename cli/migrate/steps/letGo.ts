import { isVaultPath } from "../../../config/primitives";
import type { Service } from "../../../catalog/service";
import { compareText } from "../../shared/sort";
import type { Item, Writer } from "../types";
import { pausing, settings, type Context, type StepOf } from "./step";
import { kubectlKind, VAULT_SECRETS } from "../../../kube/kinds/groups";

/** The Secret stays, and nothing writes it any more. */
export const letGo: StepOf = ({ service, writers, fileWriters, vaultPaths }, context) => ({
  isDone: writers.length === 0 && fileWriters.length === 0,
  why: "with the object that writes it, the Secret would go as well, unless it is let go of; and what is changed in it before is written over",
  items: [
    ...fileWriters.map(({ where }) => ({
      text: `${where}: take it out of its repository, what applies it told not to prune it (Argo CD: the annotation argocd.argoproj.io/sync-options: Prune=false, Flux: kustomize.toolkit.fluxcd.io/prune: disabled)`,
    })),
    ...(writers.length > 0 ? remembered(service, vaultPaths) : []),
    ...writers.flatMap((writer) => released(writer, context)),
  ],
});

/** Where Vault has it is in no object of the cluster any more when its writers are gone. */
function remembered({ name, formerVaultPaths }: Service, vaultPaths: readonly string[]): Item[] {
  const paths = [...new Set([...formerVaultPaths, ...vaultPaths])].filter(isVaultPath).sort(compareText);
  if (paths.every((path) => formerVaultPaths.includes(path))) return [];
  return [
    {
      text: "the stack's file keeps in mind where Vault has it, until that is retired. See that these are its paths, and nobody else's",
      yaml: settings({ services: { [name]: { formerVaultPaths: paths } } }),
    },
  ];
}

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
          : [commands.removeAlone([kubectlKind(`${kind.toLowerCase()}s`, VAULT_SECRETS), name])],
    },
  ];
}
