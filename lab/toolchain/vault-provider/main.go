// pulumi-resource-vault is Pulumi's provider for Vault with the resources that this product uses. Upstream's main package
// embeds a schema that is generated in its repository and is in no module: here it is made at start, for these.
package main

import (
	"encoding/json"
	"io"
	"log"

	"github.com/hashicorp/terraform-provider-vault/vault"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	sdk "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// version is that of the npm package, set when this is built.
var version string

// resources are the names that the npm package registers Terraform's resources under.
var resources = map[string]*bridge.ResourceInfo{
	"vault_audit":                          {Tok: "vault:index/audit:Audit"},
	"vault_auth_backend":                   {Tok: "vault:index/authBackend:AuthBackend"},
	"vault_kubernetes_auth_backend_config": {Tok: "vault:kubernetes/authBackendConfig:AuthBackendConfig"},
	"vault_kubernetes_auth_backend_role":   {Tok: "vault:kubernetes/authBackendRole:AuthBackendRole"},
	"vault_kv_secret_backend_v2":           {Tok: "vault:kv/secretBackendV2:SecretBackendV2"},
	"vault_kv_secret_v2":                   {Tok: "vault:kv/secretV2:SecretV2"},
	"vault_mount":                          {Tok: "vault:index/mount:Mount"},
	"vault_policy":                         {Tok: "vault:index/policy:Policy"},
}

func main() {
	provider := vault.Provider()
	info := bridge.ProviderInfo{
		P:            sdk.NewProvider(provider),
		Name:         "vault",
		Version:      version,
		MetadataInfo: bridge.NewProviderMetadata([]byte(`{}`)),
		Resources:    resources,
	}
	// What is neither mapped nor listed here is an error.
	for name := range provider.ResourcesMap {
		if resources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
	}
	for name := range provider.DataSourcesMap {
		info.IgnoreMappings = append(info.IgnoreMappings, name)
	}
	schema, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:  info,
		XInMemoryDocs: true,
		// Of interest to an author of documentation only.
		DiagnosticsSink: diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never}),
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(schema.PackageSpec)
	if err != nil {
		log.Fatal(err)
	}
	bridge.Main("vault", version, info, text)
}
