package privacy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestEraseUser_LeavesNothingAnywhere(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	a := h.MustActor(t, in.Secret)
	if err := h.EraseUser(t.Context(), a, a.UserID); err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "erased", in.Secret)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
	if _, err := h.Person(t.Context(), a.UserID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("person: %v", err)
	}
	if _, err := h.BillingContact(t.Context(), a.PersonalOrganization()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("billing contact: %v", err)
	}
	erased := h.Ledger.Published("identity.user_erased.v1")
	if len(erased) != 1 {
		t.Fatalf("%d events", len(erased))
	}
	fixture.MustMatchGolden(t, "user_erased.v1.golden.json", erased[0].Payload,
		string(a.UserID), fixture.GoldenUser, string(a.PersonalOrganization()), fixture.GoldenOrganization)
	if acts := h.Ledger.Did("identity.account_erased"); len(acts) != 1 || strings.Contains(acts[0].Resource, "cleo") {
		t.Errorf("trail: %+v", acts)
	}
	if in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test")); !in.NewAccount || in.Session.User == a.UserID {
		t.Errorf("who comes again is new: %+v", in)
	}
}

func TestEraseUser_IsForOneselfOrWhoManagesAccounts(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	ben := h.MustActor(t, h.MustEnter(t, "ben@neoforge.test").Secret)
	ada := h.MustActor(t, h.MustEnter(t, "ada@neoforge.test").Secret)
	if err := h.EraseUser(t.Context(), ben, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("ben: %v", err)
	}
	if err := h.EraseUser(t.Context(), identity.Actor{}, cleo.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if _, err := h.Person(t.Context(), cleo.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.EraseUser(t.Context(), ada, cleo.ID); err != nil {
		t.Errorf("ada: %v", err)
	}
	if err := h.EraseUser(t.Context(), ada, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("who is gone: %v", err)
	}
	if n := len(h.Ledger.Published("identity.user_erased.v1")); n != 1 {
		t.Errorf("%d events", n)
	}
}
