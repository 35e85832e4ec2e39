package privacy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestDeleteAccount_NeedsARecentProofAsAnExportDoes(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	_, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	h.Clock.Advance(identityport.RecentAuthentication)
	cleo := h.MustActor(t, cookie)
	foreign := cleo
	foreign.AuthenticatedAt, foreign.Impersonator = h.Clock.Now(), fixture.GoldenUser
	for name, who := range map[string]identity.Actor{"long ago": cleo, "an impersonator": foreign} {
		_, err := h.RequestExport(t.Context(), who)
		if !errors.Is(err, identity.ErrNotRecent) {
			t.Errorf("%s exports: %v", name, err)
		}
		if _, _, err = h.ExportArchive(t.Context(), who, fixture.GoldenUser); !errors.Is(err, identity.ErrNotRecent) {
			t.Errorf("%s fetches: %v", name, err)
		}
		if _, err = h.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: who, Email: who.Email}); !errors.Is(err, identity.ErrNotRecent) {
			t.Errorf("%s deletes: %v", name, err)
		}
	}
}

func TestDeleteAccount_LeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	ada := h.MustActor(t, h.MustEnter(t, "ada@neoforge.test").Secret)
	if left, err := h.DeletionBlockers(t.Context(), ada); err != nil || !left.LastAdministrator {
		t.Errorf("may the last administrator leave: %+v, %v", left, err)
	}
	_, err := h.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: ada, Email: "ada@neoforge.test"})
	if !errors.Is(err, identity.ErrLastAdministrator) {
		t.Errorf("the last administrator leaves: %v", err)
	}
	if err := h.EraseUser(t.Context(), ada, ada.UserID); !errors.Is(err, identity.ErrLastAdministrator) {
		t.Errorf("the last administrator erases themselves: %v", err)
	}
	h.MustCreate(t, "eve@neoforge.test", identityport.RoleAdministrator, true)
	if left, err := h.DeletionBlockers(t.Context(), ada); err != nil || identity.MayLeave(left) != nil {
		t.Errorf("one of two administrators: %+v, %v", left, err)
	}
}

func TestKeepAccount_TakesADeletionBack(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	cleo := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
	ask := func(a identity.Actor) error {
		_, err := h.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: a, Email: "cleo@neoforge.test"})
		return err
	}
	if err := ask(cleo); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Hour)
	back := h.MustEnter(t, "cleo@neoforge.test")
	cleo = h.MustActor(t, back.Secret)
	if cleo.EraseAt.IsZero() {
		t.Error("who signs in again is not told that the account ends")
	}
	if err := ask(cleo); !errors.Is(err, identity.ErrDeletionAsked) {
		t.Errorf("twice: %v", err)
	}
	if err := h.KeepAccount(t.Context(), cleo); err != nil {
		t.Fatal(err)
	}
	if cleo = h.MustActor(t, back.Secret); !cleo.EraseAt.IsZero() {
		t.Error("the next request is told that the account ends")
	}
	if err := h.KeepAccount(t.Context(), cleo); !errors.Is(err, identity.ErrDeletionNotAsked) {
		t.Errorf("kept twice: %v", err)
	}
	h.Clock.Advance(identity.DeletionGrace)
	if err := h.Run(t, "identity.erase_leaving", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Person(t.Context(), cleo.UserID); err != nil {
		t.Errorf("erased all the same: %v", err)
	}
}
