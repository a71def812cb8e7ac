import type { GoPart } from "./go";

const EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets";

/**
 * The External Secrets operator with all its providers, as its vendor builds it, and the definitions of its kinds. Half of it
 * is clouds' clients that the lab has no use for, but a build without them would be another program.
 */
export const externalSecretsPart: GoPart = {
  name: "external-secrets",
  packages: [EXTERNAL_SECRETS],
  files: [{ module: EXTERNAL_SECRETS, file: "deploy/crds/bundle.yaml", as: "crds.yaml" }],
};
