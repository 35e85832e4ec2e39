package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestChangeProfile_IsToldAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	if _, err := h.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: "  Cleo Quill "}); err != nil {
		t.Fatal(err)
	}
	if have := h.MustActor(t, cookie).Name; have != "Cleo Quill" {
		t.Errorf("the next request is told %q", have)
	}
	for want, cmd := range map[error]account.ChangeProfile{
		identity.ErrInvalidName: {Actor: cleo, Name: " "},
		identity.ErrNotSignedIn: {Name: "Nobody"},
	} {
		if _, err := h.ChangeProfile(t.Context(), cmd); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	cleo.Impersonator = fixture.GoldenUser
	h.Clock.Advance(time.Second)
	ctx := audit.WithImpersonator(t.Context(), fixture.GoldenUser) // as the edge does
	if _, err := h.ChangeProfile(ctx, account.ChangeProfile{Actor: cleo, Name: "Cleo"}); err != nil {
		t.Fatal(err)
	}
	acts, err := h.Deps.Reads.AuditEntries(t.Context(), audit.Filter{Action: "identity.profile_changed"}, cursor.Position{}, 10)
	if err != nil || len(acts) != 2 || acts[0].Impersonator != fixture.GoldenUser || acts[1].Impersonator != "" {
		t.Errorf("trail: %+v, %v", acts, err)
	}
}

// TestChangeProfile_IsLimitedADay holds how often people change their own names.
func TestChangeProfile_IsLimitedADay(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.MustCleo(t)
	change := func(name string) error {
		_, err := h.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: name})
		return err
	}
	for i := range 10 {
		for range 3 { // what changes nothing is not counted
			if err := change(fmt.Sprintf("Cleo %d", i)); err != nil {
				t.Fatalf("rename %d: %v", i, err)
			}
		}
		if err := change(" "); !errors.Is(err, identity.ErrInvalidName) {
			t.Errorf("rename %d to nothing: %v", i, err)
		}
	}
	err := change("Cleo again")
	f := fault.As(err)
	if !errors.Is(err, identity.ErrTooManyRenames) || f.RetryAfter <= 0 || f.RetryAfter > 24*time.Hour || !strings.Contains(f.Message, "Try again in") {
		t.Fatalf("the eleventh: %v", err)
	}
	if err := change("Cleo 9"); err != nil {
		t.Errorf("the present name: %v", err)
	}
	if err := h.RenameUser(t.Context(), h.MustManager(t, "ada"), cleo.UserID, "Cleo Reed"); err != nil {
		t.Errorf("an administrator: %v", err)
	}
	h.Clock.Advance(f.RetryAfter)
	if err := change("Cleo again"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	h.Limiter.Away.Store(true)
	if err := change("Cleo once more"); !errors.Is(err, identity.ErrBusy) {
		t.Errorf("uncounted: %v", err)
	}
}

func TestChangeProfile_NamesThePersonalOrganization(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, cookie := h.MustCleo(t)
	shared := h.MustFound(t, cleo)
	named := func(what, want string, id identity.UserID) {
		t.Helper()
		if have := ownPlace(t, h, id); have != want {
			t.Errorf("%s: the organization is named %q, want %q", what, have, want)
		}
	}
	if _, err := h.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: "Cleo Quill"}); err != nil {
		t.Fatal(err)
	}
	named("by the person", "Cleo Quill", cleo.UserID)
	if err := h.RenameUser(t.Context(), h.MustManager(t, "ada"), cleo.UserID, "Cleo Reed"); err != nil {
		t.Fatal(err)
	}
	named("by an administrator", "Cleo Reed", cleo.UserID)
	if have := h.MustActor(t, cookie).Name; have != "Cleo Reed" {
		t.Errorf("the next request is told %q", have)
	}
	if o, err := h.Deps.Reads.Organization(t.Context(), shared); err != nil || o.Name != "The Forge" {
		t.Errorf("an organization that is shared: %+v, %v", o, err)
	}

	// Whoever proves an address that a stranger registered names it anew.
	h.MustDeliver(t)
	h.MustSignUp(t, "ben@neoforge.test", fixture.Password, "Mallory")
	h.MustMail(t, "ben@neoforge.test")
	h.MustSignUp(t, "ben@neoforge.test", fixture.OtherPassword, "Ben")
	if err := h.ProveEmail(t, fixture.MustLink(t, h.MustMail(t, "ben@neoforge.test"), "/verify-email")); err != nil {
		t.Fatal(err)
	}
	named("by a link", "Ben", h.MustPerson(t, "ben@neoforge.test").ID)
	h.MustSignUp(t, "dan@neoforge.test", fixture.Password, "Mallory")
	in := h.MustCome(t, identity.Claim{Subject: "dan", Email: "dan@neoforge.test", EmailVerified: true, Name: "Dan"})
	named("by a provider", "Dan", in.Session.User)
}

// ownPlace is the name of somebody's personal organization.
func ownPlace(t *testing.T, h *fixture.Room, id identity.UserID) string {
	t.Helper()
	places, err := h.Deps.Reads.PlacesOf(t.Context(), id)
	if err != nil || len(places) == 0 || !places[0].Organization.Personal {
		t.Fatalf("%+v, %v", places, err)
	}
	return places[0].Organization.Name
}
