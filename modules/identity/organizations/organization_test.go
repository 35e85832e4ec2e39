package organizations_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestDeleteOrganization_TellsTheOthers(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
	o := h.MustFound(t, ada)
	h.MustAdmit(t, ada, cleo, o, identity.Staff)
	in := h.MustEnter(t, "cleo@neoforge.test")
	if a := h.MustActor(t, in.Secret); !a.MemberOf(o) || !a.MayIn(o, identity.PermissionInvite) {
		t.Errorf("cleo: %+v", a)
	}
	fixture.FailsWith(t, "staff deletes it", h.DeleteOrganization(t.Context(), cleo, o), identity.ErrOwnersOnly)
	if err := h.DeleteOrganization(t.Context(), ada, o); err != nil {
		t.Fatal(err)
	}
	if a := h.MustActor(t, in.Secret); a.MemberOf(o) {
		t.Error("cleo belongs to what is gone")
	}
	told := h.Ledger.Published("identity.organization_deleted.v1")
	if len(told) != 1 {
		t.Fatalf("%d events", len(told))
	}
	fixture.MustMatchGolden(t, "organization_deleted.v1.golden.json", told[0].Payload, string(o), fixture.GoldenOrganization)
}
