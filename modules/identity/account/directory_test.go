package account_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestDirectory_KnowsPeopleAndWhoPays(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	want := identityport.Person{ID: cleo.UserID, Name: "cleo", Email: "cleo@neoforge.test"}
	if have, err := h.Person(t.Context(), cleo.UserID); err != nil || have != want {
		t.Errorf("person: %+v, %v", have, err)
	}
	if have, err := h.BillingContact(t.Context(), cleo.PersonalOrganization()); err != nil || have != want {
		t.Errorf("billing contact: %+v, %v", have, err)
	}
	if _, err := h.BillingContact(t.Context(), fixture.GoldenOrganization); fault.KindOf(err) != fault.NotFound {
		t.Errorf("nobody's organization: %v", err)
	}
}
