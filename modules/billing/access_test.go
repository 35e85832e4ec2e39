package billing_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func TestAccess_WhoBuysForAnOrganization(t *testing.T) {
	t.Parallel()
	cleo := identityport.Actor{
		UserID: "cleo", Organizations: []identityport.OrganizationID{"own", "owned", "read"},
		Within: map[identityport.OrganizationID][]identityport.Permission{"owned": {billing.PermissionManage}},
	}
	for o, want := range map[billing.OrganizationID]error{
		"own": nil, "owned": nil, "read": billing.ErrMayNotBuy, "foreign": billing.ErrAccountNotFound, "": billing.ErrAccountNotFound,
	} {
		if have := billing.MayBuyFor(cleo, o); !errors.Is(have, want) {
			t.Errorf("%q: %v", o, have)
		}
	}
	if err := billing.MayBuyFor(identityport.Actor{}, ""); !errors.Is(err, billing.ErrAccountNotFound) {
		t.Errorf("a visitor: %v", err)
	}
}
