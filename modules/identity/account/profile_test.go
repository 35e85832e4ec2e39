package account_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestProfile_ShowsOnesOwnAccount(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	p, err := h.Profile(t.Context(), h.MustActor(t, in.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if p.User.ID != u.ID || !p.HasPassword || len(p.Sessions) != 2 || len(p.Identities) != 1 || p.Identities[0].Provider != "acme" ||
		len(p.Memberships) != 1 || p.Memberships[0].Role != identity.Owner || !p.Memberships[0].Personal {
		t.Fatalf("profile: %+v", p)
	}
	if _, err := h.Profile(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if have := h.Providers(); !reflect.DeepEqual(have, []identity.ProviderInfo{{Name: "acme", Label: "Acme"}}) {
		t.Errorf("providers: %+v", have)
	}
}
