package administration_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestChangeUser_ChangesNameAndRoleTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada := h.MustManager(t, "ada")
	cleo, _ := h.MustCleo(t)
	name, blank := "Cleo Quill", " "
	administrator, nothing := identityport.RoleAdministrator, identity.Role("nothing")
	for what, c := range map[string]struct {
		by     identity.Actor
		change administration.UserChange
		want   error
	}{
		"a role that is none":    {ada, administration.UserChange{Name: &name, Role: &nothing}, identity.ErrRoleAbsent},
		"a name that is none":    {ada, administration.UserChange{Name: &blank, Role: &administrator}, identity.ErrInvalidName},
		"who manages roles only": {fixture.WithPermission(ada, identity.PermissionManageRoles), administration.UserChange{Name: &name, Role: &administrator}, identity.ErrForbidden},
		"who manages names only": {fixture.WithPermission(ada, identity.PermissionManageUsers), administration.UserChange{Name: &name, Role: &administrator}, identity.ErrForbidden},
		"a visitor":              {identity.Actor{}, administration.UserChange{}, identity.ErrNotSignedIn},
		"a member":               {cleo, administration.UserChange{}, identity.ErrForbidden},
	} {
		fixture.FailsWith(t, what, h.ChangeUser(t.Context(), c.by, cleo.UserID, c.change), c.want)
	}
	own := administration.UserChange{Name: &name, Role: &administrator}
	fixture.FailsWith(t, "one's own name", h.ChangeUser(t.Context(), ada, ada.UserID, own), identity.ErrOwnAccount)
	if u := h.MustPerson(t, "cleo@neoforge.test"); u.Name == name || u.Role != identityport.RoleMember || u.Version != 0 {
		t.Errorf("a change that was refused left %+v", u)
	}
	if err := h.ChangeUser(t.Context(), ada, cleo.UserID, administration.UserChange{}); err != nil {
		t.Error(err)
	}
	if err := h.ChangeUser(t.Context(), ada, cleo.UserID, administration.UserChange{Name: &name, Role: &administrator}); err != nil {
		t.Fatal(err)
	}
	if u := h.MustPerson(t, "cleo@neoforge.test"); u.Name != name || u.Role != administrator || u.Version != 1 {
		t.Errorf("changed to %+v", u)
	}
	if len(h.Ledger.Did("identity.user_renamed")) != 1 || len(h.Ledger.Did("identity.role_assigned")) != 1 {
		t.Error("the trail does not have both, once")
	}
}
