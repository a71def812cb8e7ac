import * as random from "@pulumi/random";
import { VaultConfiguration } from "../../../components/vault/configuration";
import { fixtureValues } from "../../../components/vault/fixtureValues";
import * as pulumi from "@pulumi/pulumi";
import { selectExternalSecrets } from "../../../catalog/externalSecrets";
import { loadStack } from "../../../config/load";
import { refuse } from "../../../config/refuse";
import { vaultSession } from "../../../preflight/vaultSession";
import { requireToken, vaultProvider } from "../../../vault/provider";
import { outside } from "../../../vault/fixtureWriters";
import { vaultSetUp } from "../../../vault/setUp";

/** The program as far as it concerns a Vault that is somebody else's: without a cluster. */
export = async () => {
  const stack = await loadStack();
  const selected = selectExternalSecrets(stack);
  if ("problems" in selected) return refuse("Vault", selected.problems);
  const { session, problems, notes } = await vaultSession(stack, selected.paths);
  if (problems.length > 0 || session === undefined) return refuse("Vault", problems);
  for (const note of notes) void pulumi.log.warn(note);
  // Stands for all that is not in Vault.
  new random.RandomId("else", { byteLength: 4 });
  const { planned, fromOutside } = vaultSetUp(stack, selected.paths)!;
  const hook = requireToken();
  const { resources } = new VaultConfiguration(
    "vault-configuration",
    {
      config: stack.vault!,
      fixtures: fixtureValues(planned, stack.vaultValues, {}),
      hooks: { beforeCreate: [hook], beforeUpdate: [hook] },
    },
    { providers: [vaultProvider(stack.name, session, true)] },
  );
  const applied = pulumi.secret(pulumi.all(resources.map(({ id }) => id)).apply(() => session.wanted));
  return { vault: { address: session.address, applied, fromOutside: outside(fromOutside) } };
};
