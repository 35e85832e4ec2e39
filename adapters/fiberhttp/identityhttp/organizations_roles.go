package identityhttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const rolesPath = "/admin/roles"

func (h *routes) roles() {
	page := h.server.Page
	page(http.MethodGet, rolesPath, fiberhttp.Permitted(identity.PermissionManageRoles), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.rolesPage(ctx, r, nil, http.StatusOK)
	})
	for _, a := range []struct {
		path, flash, button string
		fields              []string
		do                  func(ctx context.Context, r *fiberhttp.Request) error
	}{
		{"", "role-saved", "Make the role", []string{"label", "permissions"}, func(ctx context.Context, r *fiberhttp.Request) error {
			_, err := h.Organizations.CreateRole(ctx, r.Actor, r.Form("label"), ticked(r))
			return err
		}},
		{"/{role}", "role-saved", "Save the role", []string{"label", "permissions"}, func(ctx context.Context, r *fiberhttp.Request) error {
			_, err := h.Organizations.ChangeRole(ctx, r.Actor, r.Param("role"), changeFrom(r))
			return err
		}},
		{"/{role}/delete", "role-deleted", "Delete the role", nil, func(ctx context.Context, r *fiberhttp.Request) error {
			return h.Organizations.DeleteRole(ctx, r.Actor, r.Param("role"))
		}},
	} {
		// What a role holds is as sensitive as who has it.
		page(http.MethodPost, rolesPath+a.path, fiberhttp.PermittedWithRecentAuth(identity.PermissionManageRoles), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			if err := a.do(ctx, r); err != nil {
				words, status, shown := told(err)
				if !shown {
					return fiberhttp.Reply{}, err
				}
				field := map[string]string{"": "label"}[a.path]
				reply, pageErr := h.rolesPage(ctx, r, layout.FieldErrors{field: words}, status)
				return comeBack(reply, err), pageErr
			}
			return fiberhttp.Redirect(rolesPath).Flash(a.flash), nil
		}, fiberhttp.Resumes(a.button, a.fields...))
	}
	h.rolesAPI()
}

func (h *routes) rolesPage(ctx context.Context, r *fiberhttp.Request, wrong layout.FieldErrors, status int) (fiberhttp.Reply, error) {
	all, err := h.Organizations.ListRoles(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.RolesView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Roles", Robots: "noindex"}),
		Errors: wrong,
	}
	var chosen []identity.Permission
	if wrong["label"] != "" {
		v.TypedLabel, chosen = r.Form("label"), ticked(r)
	}
	v.NewRole = tickable(h.Organizations.Permissions(), r.Actor.Permissions, chosen)
	for _, role := range all {
		row := identitypages.RoleRow{Name: string(role.Name), Label: role.Label, Held: titles(role.Permissions), BuiltIn: role.BuiltIn}
		if !role.BuiltIn {
			row.ChangeURL = rolesPath + "/" + url.PathEscape(string(role.Name))
			row.DeleteURL = row.ChangeURL + "/delete"
			row.Permissions = tickable(h.Organizations.Permissions(), r.Actor.Permissions, role.Permissions)
		}
		v.Roles = append(v.Roles, row)
	}
	return fiberhttp.HTML(identitypages.Roles(v)).Status(status), nil
}
