package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"path"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// admin registers what administrators do.
func (h *routes) admin() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	manageRecently := fiberhttp.PermittedWithRecentAuth(identity.PermissionManageUsers)
	h.server.Flashes(map[string]layout.Flash{
		"person-suspended":     {Kind: layout.FlashSuccess, Message: "The account is suspended and signed out everywhere."},
		"person-restored":      {Kind: layout.FlashSuccess, Message: "The account is restored. They can sign in again."},
		"person-signed-out":    {Kind: layout.FlashSuccess, Message: "They are signed out everywhere."},
		"person-changed":       {Kind: layout.FlashSuccess, Message: "The account is changed."},
		"person-erased":        {Kind: layout.FlashSuccess, Message: "The person is erased. The other parts of the site follow within moments."},
		"person-factors-reset": {Kind: layout.FlashSuccess, Message: "Their second factors are removed. A mail tells them."},
		"reset-mail-sent":      {Kind: layout.FlashSuccess, Message: "A mail with a link to set a new password is on its way."},
		"verify-mail-sent":     {Kind: layout.FlashSuccess, Message: "A mail with a link to prove the address is on its way."},
		"impersonation-ended":  {Kind: layout.FlashSuccess, Message: "You act for yourself again."},
	})

	h.server.Page(http.MethodGet, overviewPath, manage, h.overview)
	h.server.Page(http.MethodGet, "/admin/people", manage, h.people)
	h.server.Page(http.MethodGet, "/admin/people/{id}", manage, h.person)
	h.server.Page(http.MethodPost, "/admin/people/{id}/name", manageRecently, h.adminAction("person-changed",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.RenameUser(ctx, r.Actor, id, r.Form("name"))
		}), fiberhttp.Resumes("Rename the account", "name"))
	h.server.Page(http.MethodPost, "/admin/people/{id}/role", fiberhttp.PermittedWithRecentAuth(identity.PermissionManageRoles), h.adminAction("person-changed",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.AssignRole(ctx, r.Actor, id, identity.Role(r.Form("role")))
		}), fiberhttp.Resumes("Give the role", "role"))
	h.server.Page(http.MethodPost, "/admin/people/{id}/suspend", manageRecently, h.adminAction("person-suspended",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.SuspendUser(ctx, r.Actor, id, r.Form("reason"))
		}), fiberhttp.Resumes("Suspend the account", "reason"))
	h.server.Page(http.MethodPost, "/admin/people/{id}/restore", manageRecently, h.adminAction("person-restored",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.RestoreUser(ctx, r.Actor, id)
		}), fiberhttp.Resumes("Restore the account"))
	h.server.Page(http.MethodPost, "/admin/people/{id}/sign-out", manage, h.adminAction("person-signed-out",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.SignOutUser(ctx, r.Actor, id)
		}))
	h.server.Page(http.MethodPost, "/admin/people/{id}/send-reset", manage, h.adminAction("reset-mail-sent",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.SendPasswordReset(ctx, r.Actor, id)
		}))
	h.server.Page(http.MethodPost, "/admin/people/{id}/send-verification", manage, h.adminAction("verify-mail-sent",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.SendUserVerification(ctx, r.Actor, id)
		}))
	h.server.Page(http.MethodPost, "/admin/people/{id}/reset-factors", manageRecently, h.adminAction("person-factors-reset",
		func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error {
			return h.Administration.ResetSecondFactors(ctx, r.Actor, id)
		}), fiberhttp.Resumes("Remove the second factors"))
	h.server.Page(http.MethodGet, "/admin/people/{id}/erase", manageRecently, h.confirmErasure)
	h.server.Page(http.MethodPost, "/admin/people/{id}/erase", manageRecently, h.erasePerson, fiberhttp.Resumes("Erase the person", "email"))
	h.server.Page(http.MethodPost, "/admin/people/{id}/impersonate", fiberhttp.PermittedWithRecentAuth(identity.PermissionImpersonate), h.impersonate, fiberhttp.Resumes("Act as this person"))
	// Open to everybody: it must work for who may do nothing else here.
	h.server.Page(http.MethodPost, "/impersonation/stop", fiberhttp.Public(), h.stopImpersonating)
	h.server.Page(http.MethodGet, "/admin/audit", fiberhttp.Permitted(identity.PermissionReadAudit), h.auditTrail)
	h.server.Page(http.MethodGet, "/admin/audit/export", fiberhttp.Permitted(identity.PermissionReadAudit), h.exportAudit)
	h.access()
	h.undeliveredMail()
	h.outsideServices()
	h.errors()
	h.system()
	h.jobs()
	h.adminAPI()
}

const peoplePage = 50

func (h *routes) people(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q := administration.ListPeople{
		Search: r.Query("q"), Role: r.Query("role"), State: r.Query("state"), Cursor: r.Query("cursor"), Limit: peoplePage,
	}
	found, err := h.Administration.ListPeople(ctx, r.Actor, q)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.PeopleView{
		Page:   h.server.View(r, fiberhttp.View{Title: "People", Robots: "noindex"}),
		Search: q.Search, Role: q.Role, State: q.State,
	}
	if v.Roles, err = h.roleChoices(ctx, r.Actor); err != nil {
		return fiberhttp.Reply{}, err
	}
	for _, u := range found.Items {
		v.People = append(v.People, identitypages.PersonRow{
			Name: u.Name, Email: u.Email.Shown(), Role: string(u.Role), State: string(u.State()), CreatedAt: u.CreatedAt, URL: personPath(u.ID),
		})
	}
	if found.NextCursor != "" {
		v.OlderURL = withQuery("/admin/people", "q", q.Search, "role", q.Role, "state", q.State, "cursor", found.NextCursor)
	}
	if q.Cursor != "" {
		v.NewestURL = withQuery("/admin/people", "q", q.Search, "role", q.Role, "state", q.State)
	}
	return fiberhttp.HTML(identitypages.People(v)), nil
}

func (h *routes) person(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.personPage(ctx, r, http.StatusOK, nil)
}

// personPage shows a person, with what went wrong with a form on their page if
// anything did.
func (h *routes) personPage(ctx context.Context, r *fiberhttp.Request, status int, wrong layout.FieldErrors) (fiberhttp.Reply, error) {
	id := identity.UserID(r.Param("id"))
	d, err := h.Administration.PersonDetail(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	u := d.User
	v := identitypages.PersonView{
		Page: h.server.View(r, fiberhttp.View{Title: u.Name, Robots: "noindex"}), Errors: wrong, Reason: r.Form("reason"), TypedName: r.Form("name"),
		ID: string(u.ID), Path: personPath(u.ID), Name: u.Name, Email: u.Email.Shown(), EmailVerified: u.EmailVerified,
		Role: string(u.Role), State: string(u.State()), CreatedAt: u.CreatedAt, SuspendedAt: u.SuspendedAt, EraseAt: u.EraseAt,
		HasPassword: d.HasPassword, AuthenticatorApp: d.Factors.AuthenticatorApp, RecoveryCodes: d.Factors.RecoveryCodes, Passkeys: d.Factors.Passkeys,
		Own:            u.ID == r.Actor.UserID,
		MayImpersonate: r.Actor.May(identity.PermissionImpersonate) && u.Role != identityport.RoleAdministrator && u.SuspendedAt.IsZero() && u.ID != r.Actor.UserID,
		MayAssignRoles: r.Actor.May(identity.PermissionManageRoles),
		MayReadAudit:   r.Actor.May(identity.PermissionReadAudit),
		AuditURL:       withQuery("/admin/audit", "actor", string(u.ID)),
		AccessURL:      withQuery("/admin/access", "person", string(u.ID)),
	}
	if v.Roles, err = h.roleChoices(ctx, r.Actor); err != nil {
		return fiberhttp.Reply{}, err
	}
	for _, i := range d.Identities {
		v.Identities = append(v.Identities, identitypages.Identity{Label: h.labelOf(i.Provider), Email: identity.Email(i.Email).Shown(), LinkedAt: i.CreatedAt})
	}
	for _, s := range d.Sessions {
		v.Sessions = append(v.Sessions, h.signInView(s, ""))
	}
	for _, m := range d.Memberships {
		v.Organizations = append(v.Organizations, identitypages.PersonMembership{ID: string(m.Organization), Role: string(m.Role), Personal: m.Personal, Since: m.CreatedAt})
	}
	for _, e := range d.Recent {
		v.Recent = append(v.Recent, auditRow(e, d.Names))
	}
	return fiberhttp.HTML(identitypages.Person(v)).Status(status), nil
}

func (h *routes) roleChoices(ctx context.Context, by identity.Actor) ([]identitypages.RoleChoice, error) {
	roles, err := h.Organizations.ListRoles(ctx, by)
	if err != nil {
		return nil, err
	}
	choices := make([]identitypages.RoleChoice, len(roles))
	for i, role := range roles {
		choices[i] = identitypages.RoleChoice{Name: string(role.Name), Label: role.Label}
	}
	return choices, nil
}

func (h *routes) labelOf(provider string) string {
	for _, p := range h.SignIn.Providers() {
		if p.Name == provider {
			return p.Label
		}
	}
	return provider // no longer set up
}

// acting makes the handler of a button on a person's page: done, the page says so;
// what the administrator can mend stands above the form.
func (h *routes) adminAction(flash string, do func(ctx context.Context, r *fiberhttp.Request, id identity.UserID) error) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		id := identity.UserID(r.Param("id"))
		err := do(ctx, r, id)
		if err == nil {
			return fiberhttp.Redirect(personPath(id)).Flash(flash), nil
		}
		return h.refuseAct(ctx, r, err)
	}
}

func (h *routes) refuseAct(ctx context.Context, r *fiberhttp.Request, err error) (fiberhttp.Reply, error) {
	f := fault.As(err)
	if f == nil || !isUserError(f) {
		return fiberhttp.Reply{}, err
	}
	field := map[string]string{"name": "name", "suspend": "reason"}[path.Base(r.Path)]
	return h.personPage(ctx, r, http.StatusUnprocessableEntity, layout.FieldErrors{field: f.Message})
}

// isUserError reports whether a fault is told beside the form and not on a page of
// its own.
func isUserError(f *fault.Error) bool {
	return f.Kind == fault.Invalid || f.Kind == fault.Conflict || f.Kind == fault.Outdated
}

func (h *routes) confirmErasure(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.erasurePage(ctx, r, http.StatusOK, "")
}

func (h *routes) erasurePage(ctx context.Context, r *fiberhttp.Request, status int, wrong string) (fiberhttp.Reply, error) {
	d, err := h.Administration.PersonDetail(ctx, r.Actor, identity.UserID(r.Param("id")))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.HTML(identitypages.ErasePerson(identitypages.ErasePersonView{
		Page: h.server.View(r, fiberhttp.View{Title: "Erase " + d.User.Name, Robots: "noindex"}),
		Name: d.User.Name, Email: d.User.Email.Shown(), Path: personPath(d.User.ID), Error: wrong,
	})).Status(status), nil
}

// erasePerson asks for the address once more, so that nobody erases the wrong person.
func (h *routes) erasePerson(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := identity.UserID(r.Param("id"))
	d, err := h.Administration.PersonDetail(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if typed, err := identity.ParseEmail(r.Form("email")); err != nil || typed != d.User.Email {
		return h.erasurePage(ctx, r, http.StatusUnprocessableEntity, "This is not the address of the account. Type the one shown above.")
	}
	err = h.Privacy.ErasePerson(ctx, r.Actor, id)
	if f := fault.As(err); f != nil && isUserError(f) {
		return h.erasurePage(ctx, r, http.StatusUnprocessableEntity, f.Message)
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/admin/people").Flash("person-erased"), nil
}

func (h *routes) impersonate(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	own := r.SessionSecret()
	if own == "" {
		return fiberhttp.Reply{}, identity.ErrNotSignedIn // a program has no browser to act in
	}
	in, err := h.Administration.Impersonate(ctx, administration.Impersonate{
		Actor: r.Actor, User: identity.UserID(r.Param("id")), Device: r.Device(),
	})
	if err != nil {
		return h.refuseAct(ctx, r, err)
	}
	return fiberhttp.Redirect("/account").
		SetCookie(h.server.ImpersonationCookies(in.Secret, own)...).ClearCache(), nil
}

// stopImpersonating gives the browser its own session back, or leads to the sign-in
// page when that one has ended meanwhile.
func (h *routes) stopImpersonating(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	own := r.OwnSecret()
	if r.Actor.Impersonator == "" {
		return fiberhttp.Reply{}, identity.ErrNotImpersonating
	}
	person := r.Actor.UserID
	back, err := h.Administration.StopImpersonating(ctx, r.Actor, own)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if !back {
		return h.server.Leaving(fiberhttp.Redirect("/login").SetCookie(h.server.OwnCookies("")...), person, r.Actor.Impersonator), nil
	}
	return h.server.Leaving(fiberhttp.Redirect(personPath(person)).Flash("impersonation-ended").
		SetCookie(h.server.OwnCookies(own)...), person), nil
}

func personPath(id identity.UserID) string { return "/admin/people/" + url.PathEscape(string(id)) }

// withQuery adds the parameters that have a value.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
