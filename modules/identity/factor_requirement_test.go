package identity_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestFactorRequirement_AppliesByWhatSomebodyMayDo(t *testing.T) {
	t.Parallel()
	administrative := []identity.Permission{
		identity.PermissionManageUsers, identity.PermissionReadAudit, identity.PermissionManageRoles, identity.PermissionImpersonate, "content.site.manage",
	}
	for name, c := range map[string]struct {
		requirement identity.FactorRequirement
		held        []identity.Permission
		want        bool
	}{
		"off, an administrator":                   {identity.RequireNobody, []identity.Permission{identity.PermissionManageUsers}, false},
		"nothing said":                            {"", []identity.Permission{identity.PermissionManageUsers}, false},
		"everybody, a member":                     {identity.RequireEverybody, nil, true},
		"administrators, a member":                {identity.RequireAdministrators, nil, false},
		"administrators, an author":               {identity.RequireAdministrators, []identity.Permission{"content.post.publish"}, false},
		"administrators, who manages people":      {identity.RequireAdministrators, []identity.Permission{identity.PermissionManageUsers}, true},
		"administrators, a role made here":        {identity.RequireAdministrators, []identity.Permission{"content.post.publish", identity.PermissionReadAudit}, true},
		"administrators, who hands out roles":     {identity.RequireAdministrators, []identity.Permission{identity.PermissionManageRoles}, true},
		"administrators, who acts as somebody":    {identity.RequireAdministrators, []identity.Permission{identity.PermissionImpersonate}, true},
		"administrators, another module's":        {identity.RequireAdministrators, []identity.Permission{"notices.notice.write", "content.site.manage"}, true},
		"administrators, an organization's own":   {identity.RequireAdministrators, []identity.Permission{identity.PermissionManageMembers}, false},
		"a requirement that there is not, at all": {"owners", []identity.Permission{identity.PermissionManageUsers}, false},
	} {
		if have := c.requirement.AppliesTo(c.held, administrative); have != c.want {
			t.Errorf("%s: %v, want %v", name, have, c.want)
		}
	}
}

func TestRequiredSince_IsTheLaterOfRequirementAndArrival(t *testing.T) {
	t.Parallel()
	early := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	late := early.Add(time.Hour)
	for name, c := range map[string]struct{ made, came, want time.Time }{
		"no requirement":            {time.Time{}, late, time.Time{}},
		"a member when it was made": {late, early, late},
		"who came under it":         {early, late, late},
		"both at once":              {early, early, early},
	} {
		if have := identity.RequiredSince(c.made, c.came); !have.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, have, c.want)
		}
	}
}

func TestMissingFactor_WithholdsWhatRequiresItOnceItsGraceIsOver(t *testing.T) {
	t.Parallel()
	const grace = 7 * 24 * time.Hour
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	running, ended, last := now.Add(-grace+time.Hour), now.Add(-grace), now.Add(-grace+time.Nanosecond)
	type places = map[identity.OrganizationID]time.Time
	for name, c := range map[string]struct {
		missing identity.MissingFactor
		grace   time.Duration
		want    identity.FactorStanding
	}{
		"nothing requires it":                {identity.MissingFactor{}, grace, identity.FactorStanding{}},
		"the grace runs":                     {identity.MissingFactor{Installation: running}, grace, identity.FactorStanding{By: running.Add(grace)}},
		"the last moment of it":              {identity.MissingFactor{Installation: last}, grace, identity.FactorStanding{By: last.Add(grace)}},
		"it is over":                         {identity.MissingFactor{Installation: ended}, grace, identity.FactorStanding{Overdue: true}},
		"there is none":                      {identity.MissingFactor{Installation: now}, 0, identity.FactorStanding{Overdue: true}},
		"an organization's runs":             {identity.MissingFactor{Organizations: places{"forge": running}}, grace, identity.FactorStanding{By: running.Add(grace)}},
		"an organization's is over":          {identity.MissingFactor{Organizations: places{"forge": ended}}, grace, identity.FactorStanding{Withheld: []identity.OrganizationID{"forge"}}},
		"an organization that requires none": {identity.MissingFactor{Organizations: places{"forge": {}}}, grace, identity.FactorStanding{}},
		"of two that run the sooner":         {identity.MissingFactor{Installation: now, Organizations: places{"forge": running}}, grace, identity.FactorStanding{By: running.Add(grace)}},
		"one over, one running": {
			identity.MissingFactor{Organizations: places{"forge": ended, "guild": running}}, grace,
			identity.FactorStanding{By: running.Add(grace), Withheld: []identity.OrganizationID{"forge"}},
		},
	} {
		if have := c.missing.Standing(c.grace, now); !reflect.DeepEqual(have, c.want) {
			t.Errorf("%s: %+v, want %+v", name, have, c.want)
		}
	}
}

func TestFactorStanding_NarrowsTheActorAndLeavesWhatIsShared(t *testing.T) {
	t.Parallel()
	whole := func() identity.Actor {
		return identity.Actor{
			UserID: "cleo", Permissions: []identity.Permission{"content.post.write"},
			Organizations: []identity.OrganizationID{"own", "forge", "guild"},
			Within: map[identity.OrganizationID][]identity.Permission{
				"own": {"read"}, "forge": {"read", "update"}, "guild": {"read"},
			},
		}
	}
	actor := whole()

	free := identity.FactorStanding{}.Narrow(actor)
	if !reflect.DeepEqual(free, whole()) {
		t.Errorf("who needs none: %+v", free)
	}
	in := identity.FactorStanding{Withheld: []identity.OrganizationID{"forge"}}.Narrow(actor)
	if in.MemberOf("forge") || in.MayIn("forge", "update") || !in.MayIn("guild", "read") || !in.May("content.post.write") || in.PersonalOrganization() != "own" {
		t.Errorf("an organization withheld: %+v", in)
	}
	none := identity.FactorStanding{Overdue: true}.Narrow(actor)
	if !none.SecondFactorOverdue || none.May("content.post.write") || none.MemberOf("own") || none.MayIn("guild", "read") || !none.SignedIn() {
		t.Errorf("everything withheld: %+v", none)
	}
	if want := whole().Organizations; !reflect.DeepEqual(none.Withheld, want) {
		t.Errorf("withheld: %v, want %v", none.Withheld, want)
	}
	if !reflect.DeepEqual(actor, whole()) {
		t.Errorf("what other requests share was written to: %+v", actor)
	}
}
