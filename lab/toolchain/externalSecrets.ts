import type { GoPart } from "./go";

const EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets";

/**
 * The External Secrets operator with Vault's provider and no other, without generators, and the
 * definitions of its kinds. Most of it would be clouds' clients.
 */
export const externalSecretsPart: GoPart = {
  name: "external-secrets",
  packages: [EXTERNAL_SECRETS],
  files: [{ module: EXTERNAL_SECRETS, file: "deploy/crds/bundle.yaml", as: "crds.yaml" }],
  without: {
    module: EXTERNAL_SECRETS,
    lines: {
      "pkg/provider/register/register.go": '/pkg/provider/(?!vault")',
      "pkg/generator/register/register.go": "/pkg/generator/",
    },
  },
};
