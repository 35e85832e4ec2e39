package identityhttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const organizationsPath = "/account/organizations"

func (h *routes) organizations() {
	done := func(message string) layout.Flash { return layout.Flash{Kind: layout.FlashSuccess, Message: message} }
	h.server.Flashes(map[string]layout.Flash{
		"organization-created":     done("The organization is founded. Invite somebody."),
		"organization-renamed":     done("The organization has its new name."),
		"second-factor-required":   done("Members need a second factor from now on. Those who have none get a mail."),
		"second-factor-optional":   done("Members need no second factor any more."),
		"organization-deleted":     done("The organization is deleted."),
		"organization-left":        done("You left the organization."),
		"organization-transferred": done("The organization is handed over."),
		"organization-joined":      done("You belong to the organization now."),
		"member-changed":           done("The member has the role."),
		"member-removed":           done("The member is removed."),
		"offer-accepted":           done("You may work on it now."),
		"offer-declined":           done("The offer is declined."),
		"invited":                  done("The invitation is on its way."),
		"invitation-revoked":       done("The invitation is revoked."),
		"role-saved":               done("The role is saved."),
		"role-deleted":             done("The role is deleted."),
	})
	page, in := h.server.Page, fiberhttp.SignedIn()
	page(http.MethodGet, organizationsPath, in, h.showOrganizations)
	page(http.MethodPost, organizationsPath, in, h.createOrganization)
	page(http.MethodPost, organizationsPath+"/invitations/{invitation}/accept", in, h.acceptMine)
	page(http.MethodGet, "/invitations", fiberhttp.Public(), h.showInvitation)
	page(http.MethodPost, "/invitations", in, h.acceptInvitation)

	page(http.MethodGet, "/organizations/{id}", in, h.showOrganization)
	page(http.MethodPost, "/organizations/{id}/second-factor", fiberhttp.Recently(), h.requireSecondFactor, fiberhttp.Resumes("Change who needs a second factor", "required"))
	resumes := map[string][]fiberhttp.Option{
		"/delete":   {fiberhttp.Resumes("Delete the organization")},
		"/transfer": {fiberhttp.Resumes("Hand the organization over", "user_id")},
	}
	for _, a := range []struct {
		path   string
		access fiberhttp.Access
		flash  string
		do     func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error
	}{
		{"", in, "organization-renamed", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.RenameOrganization(ctx, r.Actor, id, r.Form("name"))
		}},
		{"/delete", fiberhttp.Recently(), "organization-deleted", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.DeleteOrganization(ctx, r.Actor, id)
		}},
		{"/leave", in, "organization-left", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.LeaveOrganization(ctx, r.Actor, id)
		}},
		{"/transfer", fiberhttp.Recently(), "organization-transferred", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.TransferOrganization(ctx, r.Actor, id, identity.UserID(r.Form("user_id")))
		}},
		{"/members/{user}", in, "member-changed", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			role := identity.OrganizationRole(r.Form("role"))
			until, ok := fiberhttp.EndOfDay(r.Form("until"))
			if !ok {
				return errNoDay
			}
			change := organizations.MemberChange{Role: &role}
			if _, posted := r.FormValues()["until"]; posted {
				change.Until = &until
			}
			return h.Organizations.ChangeMember(ctx, r.Actor, id, identity.UserID(r.Param("user")), change)
		}},
		{"/members/{user}/remove", in, "member-removed", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.RemoveMember(ctx, r.Actor, id, identity.UserID(r.Param("user")))
		}},
		{"/invitations", in, "invited", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			_, err := h.Organizations.Invite(ctx, r.Actor, organizations.Invite{
				Organization: id, Email: r.Form("email"), Role: identity.OrganizationRole(r.Form("role")),
			})
			return err
		}},
		{"/invitations/{invitation}/resend", in, "invited", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.ResendInvitation(ctx, r.Actor, id, r.Param("invitation"))
		}},
		{"/invitations/{invitation}/revoke", in, "invitation-revoked", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.RevokeInvitation(ctx, r.Actor, id, r.Param("invitation"))
		}},
		{"/roles", in, "role-saved", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			_, err := h.Organizations.CreateOrganizationRole(ctx, r.Actor, id, r.Form("label"), ticked(r))
			return err
		}},
		{"/roles/{role}", in, "role-saved", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			_, err := h.Organizations.ChangeOrganizationRole(ctx, r.Actor, id, r.Param("role"), changeFrom(r))
			return err
		}},
		{"/roles/{role}/delete", in, "role-deleted", func(ctx context.Context, r *fiberhttp.Request, id identity.OrganizationID) error {
			return h.Organizations.DeleteOrganizationRole(ctx, r.Actor, id, r.Param("role"))
		}},
	} {
		page(http.MethodPost, "/organizations/{id}"+a.path, a.access, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			id := identity.OrganizationID(r.Param("id"))
			if err := a.do(ctx, r, id); err != nil {
				words, status, shown := told(err)
				if !shown {
					return fiberhttp.Reply{}, err
				}
				field := map[string]string{"/invitations": "email", "": "name", "/roles": "label"}[a.path]
				reply, pageErr := h.organizationPage(ctx, r, layout.FieldErrors{field: words}, status)
				return comeBack(reply, err), pageErr
			}
			to := "/organizations/" + url.PathEscape(string(id))
			if a.path == "/delete" || a.path == "/leave" {
				to = organizationsPath
			}
			return fiberhttp.Redirect(to).Flash(a.flash), nil
		}, resumes[a.path]...)
	}
	h.organizationsAPI()
	h.offers()
}

// errNoDay refuses a posted day that is none.
var errNoDay = fault.New(fault.Invalid, "identity.invalid_day", fiberhttp.NoDay)

// told says what of an error stands on the page that it belongs to. What the page
// cannot be shown for, or is not the person's to mend, goes to the error page.
func told(err error) (words string, status int, shown bool) {
	f := fault.As(err)
	if f == nil {
		return "", 0, false
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.Outdated:
		status = http.StatusUnprocessableEntity
	case fault.TooMany:
		status = http.StatusTooManyRequests
	default:
		return "", 0, false
	}
	words = f.Message
	for _, field := range f.Fields {
		words += " " + field.Message
	}
	return words, status, true
}

func ticked(r *fiberhttp.Request) []identity.Permission {
	all := []identity.Permission{}
	for _, p := range r.FormValues()["permissions"] {
		all = append(all, identity.Permission(p))
	}
	return all
}

func changeFrom(r *fiberhttp.Request) organizations.RoleChange {
	label, permissions := r.Form("label"), ticked(r)
	return organizations.RoleChange{Label: &label, Permissions: &permissions}
}

func (h *routes) showOrganizations(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.organizationsPage(ctx, r, nil, http.StatusOK)
}

func (h *routes) organizationsPage(ctx context.Context, r *fiberhttp.Request, wrong layout.FieldErrors, status int) (fiberhttp.Reply, error) {
	places, invited, err := h.Organizations.ListOrganizations(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.OrganizationsView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Organizations", Robots: "noindex"}),
		Errors: wrong, Name: r.Form("name"),
	}
	for _, p := range places {
		v.List = append(v.List, identitypages.OrganizationRow{
			Name: p.Organization.Name, URL: "/organizations/" + string(p.Organization.ID), Personal: p.Organization.Personal,
			Role: identitypages.RoleTitle(string(p.Role)), Members: p.Members, Until: identityport.LastDay(p.EndsAt),
		})
	}
	for _, i := range invited {
		row := invitationRow(i)
		row.AcceptURL = organizationsPath + "/invitations/" + i.Invitation.ID + "/accept"
		v.Invitations = append(v.Invitations, row)
	}
	return fiberhttp.HTML(identitypages.Organizations(v)).Status(status), nil
}

func invitationRow(i organizations.InvitationView) identitypages.InvitationRow {
	return identitypages.InvitationRow{
		Organization: i.Organization, Email: i.Invitation.Email.Shown(), Inviter: i.Inviter,
		Role: identitypages.RoleTitle(i.RoleLabel), ExpiresAt: i.Invitation.ExpiresAt, Until: identityport.LastDay(i.Invitation.EndsAt),
	}
}

func (h *routes) createOrganization(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	o, err := h.Organizations.CreateOrganization(ctx, r.Actor, r.Form("name"))
	if err != nil {
		words, status, shown := told(err)
		if !shown {
			return fiberhttp.Reply{}, err
		}
		reply, pageErr := h.organizationsPage(ctx, r, layout.FieldErrors{"name": words}, status)
		return comeBack(reply, err), pageErr
	}
	return fiberhttp.Redirect("/organizations/" + string(o.ID)).Flash("organization-created"), nil
}

func (h *routes) acceptMine(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id, err := h.Organizations.AcceptInvitation(ctx, r.Actor, organizations.AcceptInvitation{ID: r.Param("invitation")})
	if err != nil {
		words, status, shown := told(err)
		if !shown {
			return fiberhttp.Reply{}, err
		}
		reply, pageErr := h.organizationsPage(ctx, r, layout.FieldErrors{"": words}, status)
		return comeBack(reply, err), pageErr
	}
	return fiberhttp.Redirect("/organizations/" + string(id)).Flash("organization-joined"), nil
}

func (h *routes) showInvitation(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.invitationPage(ctx, r, r.Query("token"), "", http.StatusOK)
}

// invitationPage shows whoever holds the link what it leads to. It is not indexed,
// and tells no other site where its reader came from.
func (h *routes) invitationPage(ctx context.Context, r *fiberhttp.Request, token, trouble string, status int) (fiberhttp.Reply, error) {
	v := identitypages.JoinView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "An invitation", Description: "Join an organization on " + h.server.SiteName() + ".", Robots: "noindex",
		}),
		Token: token, Trouble: trouble,
	}
	i, err := h.Organizations.PeekInvitation(ctx, identity.Secret(token))
	switch {
	case fault.KindOf(err) == fault.NotFound:
		v.Unavailable, status = true, http.StatusNotFound
	case err != nil:
		return fiberhttp.Reply{}, err
	default:
		v.Invitation = invitationRow(i)
		if r.Actor.SignedIn() {
			v.SignedInAs = identity.Email(r.Actor.Email).Shown()
			v.Mine = r.Actor.Email == string(i.Invitation.Email)
		}
		back := "/invitations?token=" + url.QueryEscape(token)
		v.SignInURL, v.JoinURL = identitypages.WithReturn("/login", back), identitypages.WithReturn("/register", back)
	}
	return fiberhttp.HTML(identitypages.Join(v)).Status(status).
		Header("Cache-Control", "no-store").Header("Referrer-Policy", "no-referrer"), nil
}

func (h *routes) acceptInvitation(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	token := r.Form("token")
	id, err := h.Organizations.AcceptInvitation(ctx, r.Actor, organizations.AcceptInvitation{Token: identity.Secret(token)})
	if err == nil {
		return fiberhttp.Redirect("/organizations/" + string(id)).Flash("organization-joined"), nil
	}
	f := fault.As(err)
	if f == nil {
		return fiberhttp.Reply{}, err
	}
	switch f.Kind {
	case fault.Forbidden:
		return h.invitationPage(ctx, r, token, f.Message, http.StatusForbidden)
	case fault.Conflict, fault.NotFound:
		return h.invitationPage(ctx, r, token, f.Message, http.StatusUnprocessableEntity)
	}
	return fiberhttp.Reply{}, err
}
