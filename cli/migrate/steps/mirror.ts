import { pausing, type StepOf } from "./step";
import { kubectlKind, PUSH_SECRETS } from "../../../kube/kinds/groups";

/** Copies in Vault are made one way, by the policy, or not at all. */
export const mirror: StepOf = ({ pushes }, { commands }) => ({
  isDone: pushes.length === 0,
  why: "where audit asks for copies in Vault, `vault.mirror` makes them (docs/mirroring.md); others go",
  items: pushes.flatMap(({ name, secret, gitOps }) => [
    ...pausing(`PushSecret/${name}`, gitOps),
    {
      text: `PushSecret/${name} copies the Secret ${secret} to where no policy says who may read it`,
      commands: [commands.remove([kubectlKind("pushsecrets", PUSH_SECRETS), name])],
    },
  ]),
});
