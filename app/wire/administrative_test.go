package wire

import (
	"slices"
	"testing"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// A permission that only administrators hold makes whoever has it one, unless it is
// named here.
func TestAdministrative_IsSaidOfWhatAdministratorsAloneHold(t *testing.T) {
	t.Parallel()
	modules := []Module{Identity, Billing, Content}
	administrative, policy := administrativeOf(modules), policyOf(modules)
	alone := []identity.Permission{content.PermissionEditAny, content.PermissionManageTags} // an editor's work, on texts
	for _, p := range policy.PermissionsOf(identityport.RoleAdministrator) {
		everyday := slices.Contains(policy.PermissionsOf(identityport.RoleAuthor), p) || slices.Contains(alone, p)
		if slices.Contains(administrative, p) == everyday {
			t.Errorf("%s: administrative is %v", p, !everyday)
		}
	}
	factor := factorPolicy(identityconfig.SecondFactor{Required: "administrators"}, administrative, zap.NewNop())
	for _, p := range []identity.Permission{content.PermissionManageSite, identity.PermissionManageUsers} {
		if !factor.Requirement.AppliesTo([]identity.Permission{p}, factor.Administrative) {
			t.Errorf("who holds %s alone is not asked for a second factor", p)
		}
	}
}
