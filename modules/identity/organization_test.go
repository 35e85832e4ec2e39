package identity_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func TestOrganization_KeepsAnOwner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		owners  []identity.UserID
		leaving identity.UserID
		want    error
	}{
		{[]identity.UserID{"a"}, "a", identity.ErrLastOwner},
		{[]identity.UserID{"a", "b"}, "a", nil},
		{[]identity.UserID{"a"}, "b", nil},
		{nil, "a", identity.ErrLastOwner},
	} {
		if have := identity.KeepsOwner(c.owners, c.leaving); !errors.Is(have, c.want) {
			t.Errorf("%v without %s: %v", c.owners, c.leaving, have)
		}
	}
}

func TestCustomRole_GivesNoMoreThanItsMakerHolds(t *testing.T) {
	t.Parallel()
	policy := identity.IdentityOrganizationPolicy()
	manager := []identity.Permission{identity.PermissionReadOrganization, identity.PermissionManageMembers}
	for name, c := range map[string]struct {
		by       identity.OrganizationRole
		holds    []identity.Permission
		from, to identity.OrganizationRole
		want     error
	}{
		"an owner makes an owner":              {identity.Owner, policy[identity.Owner], identity.Reader, identity.Owner, nil},
		"an owner demotes an owner":            {identity.Owner, policy[identity.Owner], identity.Owner, identity.Reader, nil},
		"a manager makes no owner":             {"manager", manager, identity.Reader, identity.Owner, identity.ErrOwnersOnly},
		"a manager demotes no owner":           {"manager", manager, identity.Owner, identity.Reader, identity.ErrOwnersOnly},
		"a manager gives no more than theirs":  {"manager", manager, identity.Reader, identity.Staff, identity.ErrBeyondOwn},
		"a manager takes no more than theirs":  {"manager", manager, identity.Staff, identity.Reader, identity.ErrBeyondOwn},
		"a manager gives what they hold":       {"manager", manager, identity.Reader, "manager", nil},
		"a manager removes somebody like them": {"manager", manager, "manager", "", nil},
	} {
		held := func(r identity.OrganizationRole) []identity.Permission {
			return identity.OrganizationPermissions(policy, r, []identity.CustomRole{{Name: "manager", Permissions: manager}})
		}
		toHolds := held(c.to)
		if c.to == "" {
			toHolds = nil
		}
		if have := identity.MayReassign(c.by, c.holds, c.from, c.to, held(c.from), toHolds); !errors.Is(have, c.want) {
			t.Errorf("%s: %v", name, have)
		}
	}
}

func TestCustomRole_HoldsWhatStillExists(t *testing.T) {
	t.Parallel()
	policy := identity.IdentityOrganizationPolicy()
	custom := []identity.CustomRole{{Name: "host", Permissions: []identity.Permission{identity.PermissionInvite, "gone.with.its.module"}}}
	have := identity.OrganizationPermissions(policy, "host", custom)
	if want := []identity.Permission{identity.PermissionReadOrganization, identity.PermissionInvite}; !slices.Equal(have, want) {
		t.Errorf("host: %v", have)
	}
	if have := identity.OrganizationPermissions(policy, "nobody", custom); !slices.Equal(have, []identity.Permission{identity.PermissionReadOrganization}) {
		t.Errorf("a role that is gone: %v", have)
	}
	installation := identity.Policy{identityport.RoleMember: {"a"}, identityport.RoleAdministrator: {"a", "b", "c"}}
	if have := installation.Custom(identity.CustomRole{Permissions: []identity.Permission{"c", "x"}}); !slices.Equal(have, []identity.Permission{"a", "c"}) {
		t.Errorf("installation: %v", have)
	}
}

func TestCustomRole_IsNamedAfterItsLabel(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Translator": "translator", "  Comment police! ": "comment-police", "2nd line": "nd-line", "Ä Writer": "writer",
		strings.Repeat("a", 80): strings.Repeat("a", 40),
	} {
		if have, err := identity.RoleName(label); err != nil || have != want {
			t.Errorf("%q: %q, %v", label, have, err)
		}
	}
	for label, want := range map[string]error{
		"": identity.ErrInvalidRole, "日本": identity.ErrInvalidRole, "Owner": identity.ErrRoleTaken, "administrator": identity.ErrRoleTaken,
	} {
		if _, err := identity.RoleName(label); !errors.Is(err, want) {
			t.Errorf("%q: %v", label, err)
		}
	}
}

func TestSeats_AreCountedWithInvitations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seats, members, invitations int
		want                        error
	}{{0, 1000, 1000, nil}, {3, 1, 1, nil}, {3, 2, 1, identity.ErrNoSeats}, {3, 5, 0, identity.ErrNoSeats}} {
		if have := (identity.Organization{Seats: c.seats}).HasSeat(c.members, c.invitations); !errors.Is(have, c.want) {
			t.Errorf("%+v: %v", c, have)
		}
	}
}

func TestResourceGrant_NamesOneResource(t *testing.T) {
	t.Parallel()
	for resource, want := range map[string]error{"post:1": nil, "post": identity.ErrInvalidGrant, ":1": identity.ErrInvalidGrant, "post:": identity.ErrInvalidGrant, "post:" + strings.Repeat("x", 200): identity.ErrInvalidGrant} {
		if have := identity.CheckGrant("content.post.edit", resource); !errors.Is(have, want) {
			t.Errorf("%q: %v", resource, have)
		}
	}
}

func TestCheckEnd_RefusesWhatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	if err := identity.CheckEnd(identity.Staff, last, now); err != nil {
		t.Errorf("the last moment: %v", err)
	}
	for _, until := range []time.Time{last.Add(time.Second), last.In(time.FixedZone("", 3600)).Add(time.Second)} {
		if err := identity.CheckEnd(identity.Staff, until, now); !errors.Is(err, identity.ErrEndTooLate) {
			t.Errorf("%s: %v", until, err)
		}
	}
}
