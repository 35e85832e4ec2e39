package organizations_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestAssignRole_LeavesTheLastAdministrator(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, ctx := h.MustManager(t, "ada"), t.Context()
	fixture.FailsWith(t, "the last administrator steps down", h.AssignRole(ctx, ada, ada.UserID, identityport.RoleMember), identity.ErrLastAdministrator)
	cleo := h.MustArrive(t, "cleo", identityport.RoleMember)
	fixture.FailsWith(t, "a member gives a role", h.AssignRole(ctx, cleo, ada.UserID, identityport.RoleMember), identity.ErrForbidden)
	fixture.FailsWith(t, "a role that is none", h.AssignRole(ctx, ada, cleo.UserID, "nothing"), identity.ErrRoleAbsent)
	fixture.FailsWith(t, "nobody gets a role", h.AssignRole(ctx, ada, fixture.GoldenUser, identityport.RoleMember), identity.ErrUserNotFound)
	role, err := h.CreateRole(ctx, ada, "Steward", []identity.Permission{identity.PermissionManageUsers})
	if err != nil {
		t.Fatal(err)
	}
	in := h.MustEnter(t, "cleo@neoforge.test")
	if err := h.AssignRole(ctx, ada, cleo.UserID, identity.Role(role.Name)); err != nil {
		t.Fatal(err)
	}
	steward := h.MustActor(t, in.Secret)
	if !steward.May(identity.PermissionManageUsers) || !steward.May("content.comment") {
		t.Errorf("cleo holds %v", steward.Permissions)
	}
	none := []identity.Permission{}
	if _, err := h.ChangeRole(ctx, ada, role.Name, organizations.RoleChange{Permissions: &none}); err != nil {
		t.Fatal(err)
	}
	if a := h.MustActor(t, in.Secret); a.May(identity.PermissionManageUsers) {
		t.Errorf("cleo still holds %v", a.Permissions)
	}
	steward.Permissions = append(steward.Permissions, identity.PermissionManageRoles)
	fixture.FailsWith(t, "a role beyond one's own is given", h.AssignRole(ctx, fixture.WithPermission(steward, identity.PermissionManageRoles), cleo.UserID, identityport.RoleAdministrator), identity.ErrBeyondOwn)
	if err := h.AssignRole(ctx, ada, cleo.UserID, identityport.RoleAdministrator); err != nil {
		t.Logf("ada holds %v", ada.Permissions)
		t.Fatal(err)
	}
	if err := h.AssignRole(ctx, ada, ada.UserID, identityport.RoleMember); err != nil {
		t.Errorf("one of two steps down: %v", err)
	}
}

func TestCreateRole_IsBoundedAsPasskeysAndOrganizationsAre(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, ctx := h.MustManager(t, "ada"), t.Context()
	h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
		for range identity.MaxPasskeys {
			if err := s.Passkeys.Insert(ctx, identitytest.Passkey(ada.UserID)); err != nil {
				return err
			}
		}
		for i := range identity.MaxRoles {
			r := identitytest.CustomRole("")
			r.Name = fmt.Sprintf("role-%d", i)
			if err := s.Roles.Insert(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	fixture.FailsWith(t, "one passkey more", fixture.Second(h.BeginPasskey(ctx, ada)), identity.ErrTooManyPasskeys)
	fixture.FailsWith(t, "one role more", fixture.Second(h.CreateRole(ctx, ada, "One more", nil)), identity.ErrTooManyRoles)
	if err := h.DeleteRole(ctx, ada, "role-7"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.CreateRole(ctx, ada, "One more", nil); err != nil {
		t.Errorf("in the place of one that is gone: %v", err)
	}
	fixture.FailsWith(t, "a permission that does not exist", fixture.Second(h.CreateRole(ctx, ada, "Void", []identity.Permission{"no.such.thing"})), identity.ErrInvalidRole)
	crowded := ada
	for range identity.MaxOrganizations {
		crowded.Organizations = append(crowded.Organizations, fixture.GoldenOrganization)
	}
	fixture.FailsWith(t, "one organization more", fixture.Second(h.CreateOrganization(ctx, crowded, "One more")), identity.ErrTooManyOrganizations)
	if err := h.TransferOrganization(ctx, ada, h.MustFound(t, ada), ada.UserID); err != nil {
		t.Errorf("who hands it to themselves keeps it: %v", err)
	}
}
