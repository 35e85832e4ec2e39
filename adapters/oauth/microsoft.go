package oauth

import (
	"fmt"
	"regexp"
	"strings"
)

// microsoftIssuer is the issuer of Microsoft's identity platform. An application
// that takes people of several tenants finds the placeholder in the metadata, and
// in each token the issuer of its own tenant.
const microsoftIssuer = "https://login.microsoftonline.com/{tenantid}/v2.0"

const tenantPlaceholder = "{tenantid}"

var tenantID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// tenanted is the address at which a tenant's metadata is found. "common",
// "organizations" and "consumers" stand for many tenants.
func tenanted(issuer, tenant string) string {
	if tenant == "" {
		tenant = "common"
	}
	return strings.ReplaceAll(issuer, tenantPlaceholder, tenant)
}

// checkTenant checks a token's issuer when it depends on the tenant: it must be the
// issuer of the very tenant that the token names.
func checkTenant(template, issuer, tenant string) error {
	if !tenantID.MatchString(tenant) || issuer != strings.ReplaceAll(template, tenantPlaceholder, tenant) {
		return fmt.Errorf("the ID token is of issuer %.200q and tenant %.64q", issuer, tenant)
	}
	return nil
}
