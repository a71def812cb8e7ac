// Package register registers Vault's provider alone. The vendor's file of this place registers 38: most of what is compiled
// for it is clouds' clients that no store of the lab uses.
package register

import _ "github.com/external-secrets/external-secrets/pkg/provider/vault"
