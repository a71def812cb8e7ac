import { selectExternalSecrets } from "../../catalog/externalSecrets";
import { recordsIn } from "../../catalog/records";
import { environmentOf } from "../../config/environment";
import type { Problem } from "../../config/problem";
import type { StackConfig } from "../../config/schema";
import { kubernetesAuth, vaultAccess } from "../../vault/access";
import type { Rights } from "../../vault/bootstrap/configure";
import { fixturesIn } from "../../vault/fixtureFile";
import { fixturesOf, planFixtures } from "../../vault/fixtures";
import type { Fixtures } from "../../vault/fixture";
import { writersOf } from "../../vault/fixtureWriters";
import type { Owned } from "./policy";

/** What a stack's file gives others in Vault, and what its bootstrap token may write and see. */
export interface StackRights {
  readonly rights: Rights;
  readonly owned: Owned;
}

/** @returns Every problem with what the stack's services and bundles fetch; `undefined` for a stack without Vault. */
export function rightsOf(config: StackConfig, stack: string): StackRights | { problems: Problem[] } | undefined {
  const { vault, namespace, services, bundles, cluster } = config;
  const environment = environmentOf(config, stack);
  if (vault === undefined || environment === undefined) return undefined;
  const selected = selectExternalSecrets(
    { vault, environment, namespace, services, bundles, cluster, vaultValues: {} },
    recordsIn(config.catalog),
  );
  if ("problems" in selected) return selected;
  const access = vaultAccess(vault, environment, namespace, selected.paths);
  const fixtures = fixturesOf(fixturesIn(config.catalog).map, environment);
  // Which third parties' values the stack has is encrypted with them: the token may write all that it could have.
  const { planned } = writersOf(fixtures, planFixtures(fixtures, environment, new Set(external(fixtures))));
  return {
    rights: { mounts: access.mounts, policies: access.policies, kubernetes: kubernetesAuth(vault, access) },
    owned: {
      mounts: Object.keys(access.mounts),
      mount: vault.mount,
      fixtures: [...new Set(planned.map(({ path }) => path))],
      authMount: vault.kubernetesAuth.mount,
      policies: Object.keys(access.policies),
    },
  };
}

function external(fixtures: Fixtures): string[] {
  return Object.entries(fixtures).flatMap(([path, fixture]) =>
    Object.entries(fixture).flatMap(([key, { origin }]) => (origin === "external" ? [`${path}#${key}`] : [])),
  );
}
