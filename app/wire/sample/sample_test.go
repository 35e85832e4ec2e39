package sample

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func TestSeeding_SaysWhatIsNew(t *testing.T) {
	t.Parallel()
	for want, counts := range map[string][]made{
		"Sample content: 4 people, 3 plans and 14 posts are new.": {{4, "people"}, {3, "plans"}, {14, "posts"}},
		"Sample content: 0 people and 2 posts are new.":           {{0, "people"}, {2, "posts"}},
		"Sample content: 3 people are new.":                       {{3, "people"}},
		"The sample people, plans and posts are in place.":        {{0, "people"}, {0, "plans"}, {0, "posts"}},
		"No module of this program has sample data.":              nil,
	} {
		var s Seeding
		for _, m := range counts {
			s.Made(m.count, m.what)
		}
		if have := s.String(); have != want {
			t.Errorf("have %q, want %q", have, want)
		}
	}
}

func TestSeeding_KnowsWhomIdentityEntered(t *testing.T) {
	t.Parallel()
	var s Seeding
	if _, err := s.Actor("ada"); err == nil || !strings.Contains(err.Error(), "take one of its contracts") {
		t.Errorf("before identity: %v", err)
	}
	s.Enter("ada", identityport.Actor{UserID: "u-1"})
	if a, err := s.Actor("ada"); err != nil || a.UserID != "u-1" {
		t.Errorf("have %+v, %v", a, err)
	}
}

func TestCheckPeople_RefusesWhoCannotBeToldApart(t *testing.T) {
	t.Parallel()
	ada := Person{Handle: "ada", Name: "Ada", Email: "ada@neoforge.test", Role: identityport.RoleMember}
	other := Person{Handle: "eve", Name: "Eve", Email: "eve@neoforge.test", Role: identityport.RoleMember}
	if err := CheckPeople([]Person{ada, other}); err != nil {
		t.Error(err)
	}
	namesake, neighbour := other, other
	namesake.Handle, neighbour.Email = ada.Handle, ada.Email
	for name, p := range map[string]Person{"one handle": namesake, "one address": neighbour, "no words": {Handle: "eve"}} {
		if err := CheckPeople([]Person{ada, p}); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}
