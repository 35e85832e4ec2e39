package administration_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestListPeople_IsPagedAsTheTrailByCursorsThatNobodyMakesUp(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada := h.MustAdministrator(t, "ada@neoforge.test")
	for _, address := range []string{"ben@neoforge.test", "cleo@neoforge.test", "dan@neoforge.test"} {
		h.MustCreate(t, address, identityport.RoleMember, true)
	}
	var seen []string
	for cursor := ""; ; {
		page, err := h.ListPeople(t.Context(), ada, administration.ListPeople{Search: "neoforge", Limit: 1, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Items {
			seen = append(seen, string(u.Email))
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if strings.Join(seen, " ") != "dan@neoforge.test cleo@neoforge.test ben@neoforge.test ada@neoforge.test" {
		t.Errorf("seen: %v", seen)
	}
	for _, cursor := range []string{"x", "MDE", "%00", strings.Repeat("A", 101), "MS4wMWEyMDQ2OC04NTVjLTdiZjAtODdiNi01MjgxMWI2YzQ2NjQ=", "LTEuMDFhMjA0Njg"} {
		if _, err := h.ListPeople(t.Context(), ada, administration.ListPeople{Cursor: cursor}); !errors.Is(err, identity.ErrInvalidCursor) {
			t.Errorf("people after %q: %v", cursor, err)
		}
		if _, err := h.AuditTrail(t.Context(), ada, administration.AuditQuery{Cursor: cursor}); !errors.Is(err, identity.ErrInvalidCursor) {
			t.Errorf("entries after %q: %v", cursor, err)
		}
	}
	member := identity.Actor{UserID: "01a20468-855c-7bf0-87b6-52811b6c4664"}
	for what, err := range map[string]error{
		"people": func() error { _, err := h.ListPeople(t.Context(), member, administration.ListPeople{}); return err }(),
		"trail":  func() error { _, err := h.AuditTrail(t.Context(), member, administration.AuditQuery{}); return err }(),
		"person": func() error { _, err := h.PersonDetail(t.Context(), member, ada.UserID); return err }(),
	} {
		if !errors.Is(err, identity.ErrForbidden) {
			t.Errorf("a member sees the %s: %v", what, err)
		}
	}
	var got []audit.Entry
	cut, err := h.ExportAudit(t.Context(), ada, administration.AuditQuery{From: h.Clock.Now().Add(-time.Hour)}, func(part []audit.Entry) error {
		got = append(got, part...)
		return nil
	})
	if err != nil || cut || len(got) < 5 || got[0].Action != "identity.audit_exported" {
		t.Errorf("exported %d, cut %t, %v", len(got), cut, err)
	}
}

func TestListPeople_FindsWhoHasNoSecondFactor(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	admin := h.MustArrive(t, "admin", identityport.RoleAdministrator)
	app, _ := h.MustSignIn(t, "app@neoforge.test")
	key, _ := h.MustSignIn(t, "key@neoforge.test")
	begun, _ := h.MustSignIn(t, "begun@neoforge.test")
	h.MustCreate(t, "unproven@neoforge.test", identityport.RoleMember, false)
	h.MustAddTOTP(t, app)
	h.MustAddPasskey(t, key, "Laptop")
	if _, err := h.StartTOTP(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	found, err := h.ListPeople(t.Context(), admin, administration.ListPeople{State: "no_second_factor"})
	if err != nil {
		t.Fatal(err)
	}
	var emails []string
	for _, u := range found.Items {
		emails = append(emails, string(u.Email))
	}
	slices.Sort(emails)
	if want := []string{"admin@neoforge.test", "begun@neoforge.test"}; !slices.Equal(emails, want) {
		t.Errorf("found %v, want %v", emails, want)
	}
}
