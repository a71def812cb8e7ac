import type { GoPart } from "./go";

const EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets";

/** The External Secrets operator with Vault's provider and no other, and the definitions of its kinds. */
export const externalSecretsPart: GoPart = {
  name: "external-secrets",
  packages: [EXTERNAL_SECRETS],
  files: [{ module: EXTERNAL_SECRETS, file: "deploy/crds/bundle.yaml", as: "crds.yaml" }],
  changed: {
    module: EXTERNAL_SECRETS,
    files: {
      "pkg/provider/register/register.go": "register/providers.go",
      "pkg/generator/register/register.go": "register/generators.go",
    },
  },
};
