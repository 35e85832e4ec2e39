package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) showOrganization(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.organizationPage(ctx, r, nil, http.StatusOK)
}

func (h *routes) organizationPage(ctx context.Context, r *fiberhttp.Request, wrong layout.FieldErrors, status int) (fiberhttp.Reply, error) {
	id := identity.OrganizationID(r.Param("id"))
	view, err := h.Organizations.OpenOrganization(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	members, next, err := h.Organizations.ListMembers(ctx, r.Actor, id, r.Query("cursor"), 100)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	o := view.Organization
	v := identitypages.OrganizationView{
		Page:   h.server.View(r, fiberhttp.View{Title: o.Name, Robots: "noindex"}),
		Errors: wrong, ID: string(o.ID), Name: o.Name, Personal: o.Personal, Seats: o.Seats, Taken: view.Members + view.Invited,
		Role: roleTitle(view, view.Role), InviteEmail: r.Form("email"), TypedName: r.Form("name"),
		MayRename: !o.Personal && view.May(identity.PermissionUpdateOrganization), MayLeave: !o.Personal,
		FactorRequired: !o.FactorRequiredSince.IsZero(), FactorSince: o.FactorRequiredSince, Owner: view.Role == identity.Owner,
	}
	if next != "" {
		v.MoreURL = withQuery("/organizations/"+v.ID, "cursor", next)
	}
	for _, m := range members {
		v.Members = append(v.Members, memberRow(view, r.Actor, m))
		if v.Owner && m.User != r.Actor.UserID {
			v.Heirs = append(v.Heirs, identitypages.RoleOption{Name: string(m.User), Label: m.Name + " (" + m.Email.Shown() + ")"})
		}
	}
	if !o.Personal && view.May(identity.PermissionInvite) {
		open, err := h.Organizations.ListInvitations(ctx, r.Actor, id)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for _, i := range open {
			at := "/organizations/" + v.ID + "/invitations/" + i.ID
			v.Invitations = append(v.Invitations, identitypages.InvitationRow{
				Email: i.Email.Shown(), Undelivered: i.Undelivered, Role: roleTitle(view, i.Role), ExpiresAt: i.ExpiresAt, Until: identityport.LastDay(i.EndsAt), ResendURL: at + "/resend", RevokeURL: at + "/revoke",
			})
		}
		v.InviteRoles = givable(view, identity.Staff, false)
	}
	manages := !o.Personal && view.May(identity.PermissionManageOwnRoles)
	for _, role := range view.Roles {
		row := identitypages.RoleRow{Name: role.Name, Label: role.Label, Held: titles(role.Permissions)}
		if manages {
			row.ChangeURL = "/organizations/" + v.ID + "/roles/" + url.PathEscape(role.Name)
			row.DeleteURL = row.ChangeURL + "/delete"
			row.Permissions = tickable(h.Organizations.OrganizationPermissions(), view.Permissions, role.Permissions)
		}
		v.Roles = append(v.Roles, row)
	}
	if manages {
		var chosen []identity.Permission
		if wrong["label"] != "" {
			v.TypedLabel, chosen = r.Form("label"), ticked(r)
		}
		v.NewRole = tickable(h.Organizations.OrganizationPermissions(), view.Permissions, chosen)
	}
	return fiberhttp.HTML(identitypages.Organization(v)).Status(status), nil
}

func memberRow(view organizations.OrganizationView, actor identity.Actor, m identity.Member) identitypages.MemberRow {
	row := identitypages.MemberRow{
		Name: m.Name, Email: m.Email.Shown(), Role: roleTitle(view, m.Role), Since: m.CreatedAt, Until: identityport.LastDay(m.EndsAt), Self: m.User == actor.UserID,
	}
	if m.Factor != nil && m.Factor.Missing {
		row.FactorMissing, row.FactorBy, row.FactorOver = true, m.Factor.By, m.Factor.Over
	}
	at := "/organizations/" + string(m.Organization) + "/members/" + string(m.User)
	if view.Organization.Personal || !view.May(identity.PermissionManageMembers) || m.Role == identity.Owner && view.Role != identity.Owner {
		return row
	}
	row.Roles, row.RoleURL = givable(view, m.Role, view.Role == identity.Owner), at
	if !row.Self {
		row.RemoveURL = at + "/remove"
	}
	return row
}

// givable are the roles to choose from. What holds more than the person does is
// refused when it is tried, so the list is not the rule.
func givable(view organizations.OrganizationView, chosen identity.OrganizationRole, owner bool) []identitypages.RoleOption {
	var out []identitypages.RoleOption
	add := func(role identity.OrganizationRole, label string) {
		out = append(out, identitypages.RoleOption{Name: string(role), Label: label, Chosen: role == chosen})
	}
	if owner {
		add(identity.Owner, "Owner")
	}
	add(identity.Staff, "Staff")
	add(identity.Reader, "Reader")
	for _, r := range view.Roles {
		add(identity.OrganizationRole(r.Name), r.Label)
	}
	return out
}

func roleTitle(view organizations.OrganizationView, role identity.OrganizationRole) string {
	for _, r := range view.Roles {
		if r.Name == string(role) {
			return r.Label
		}
	}
	return identitypages.RoleTitle(string(role))
}

func titles(permissions []identity.Permission) []string {
	out := make([]string, len(permissions))
	for i, p := range permissions {
		out[i] = identitypages.PermissionTitle(string(p))
	}
	return out
}

func tickable(all, holds, chosen []identity.Permission) []identitypages.RoleOption {
	out := make([]identitypages.RoleOption, len(all))
	for i, p := range all {
		out[i] = identitypages.RoleOption{
			Name: string(p), Label: identitypages.PermissionTitle(string(p)),
			Chosen: slices.Contains(chosen, p), Blocked: !slices.Contains(holds, p),
		}
	}
	return out
}
