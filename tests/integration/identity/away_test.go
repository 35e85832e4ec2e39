package identity_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestADatabaseThatIsAwayIsNobodysFault has the database go away under people who
// are signed in and hold what is good: nobody is told that it is not, for a program
// would throw it away, and a browser would sign its person out.
func TestADatabaseThatIsAwayIsNobodysFault(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			withoutDatabase(t, newTestApp(t, db), db)
		})
	}
}

func withoutDatabase(t *testing.T, h *testApp, db *entstore.DB) {
	ada := h.manager(t, "ada")
	ada.Permissions = append(ada.Permissions, identity.PermissionReadAudit, identity.PermissionImpersonate)
	cleo, in := h.signedIn(t, "cleo@neoforge.test")
	pair := h.program(t, "cleo@neoforge.test")
	_, token := h.issue(t, cleo, 0, identity.ScopeRead)
	o := h.found(t, cleo)
	h.deliver(t)
	h.askLink(t, "cleo@neoforge.test")
	magic := link(t, h.mail(t, "cleo@neoforge.test"), "/auth/magic")
	h.forgot(t, "cleo@neoforge.test")
	reset := link(t, h.mail(t, "cleo@neoforge.test"), "/reset")
	h.provider.answers(verified("1", "cleo@neoforge.test"))
	browser, params := h.begin(t, "")
	back := h.beginLink(t, cleo)
	passkey, err := h.app.BeginPasskeySignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	app, err := fixture.NewIdentity(h.deps) // which remembers nothing
	if err != nil {
		t.Fatal(err)
	}
	written := len(h.ledger.Acts)
	ctx := t.Context()
	for what, err := range map[string]error{
		"a cookie":              second(app.AuthenticateSession(ctx, in.Secret)),
		"an access token":       second(app.AuthenticateToken(ctx, pair.AccessToken)),
		"a personal token":      second(app.AuthenticatePersonalToken(ctx, token, fixture.Laptop.Address)),
		"a refresh token":       second(app.RefreshTokens(ctx, pair.RefreshToken)),
		"a password":            second(enter(t, app, "cleo@neoforge.test")),
		"a program's password":  second(app.SignInProgram(ctx, signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})),
		"a link":                second(app.SignInWithLink(ctx, signin.SignInWithLink{Token: magic, Device: fixture.Laptop})),
		"a reset":               app.ResetPassword(ctx, signin.ResetPassword{Token: reset, Password: otherPassword, Address: fixture.Laptop.Address}),
		"a provider":            second(app.SignInWithProvider(ctx, signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})),
		"the way back":          second(app.ReturnPurpose(ctx, url.Values{"state": back.Params["state"]})),
		"a connection":          second(app.LinkIdentity(ctx, back)),
		"a passkey":             second(app.SignInWithPasskey(ctx, signin.SignInWithPasskey{Challenge: passkey.Challenge, Response: []byte("{}"), Device: fixture.Laptop})),
		"a second factor":       second(app.FinishSignIn(ctx, signin.FinishSignIn{Challenge: passkey.Challenge, Proof: identity.FactorProof{Code: "000000"}, Device: fixture.Laptop})),
		"what is offered":       second(app.SecondFactor(ctx, passkey.Challenge)),
		"a confirmation":        second(app.Confirm(ctx, account.Confirm{Actor: cleo, Password: fixture.Password})),
		"a profile":             second(app.Profile(ctx, cleo)),
		"what protects":         second(app.Security(ctx, cleo)),
		"connections":           second(app.Connections(ctx, cleo)),
		"tokens":                second(app.PersonalTokens(ctx, cleo)),
		"consents":              second(app.Consents(ctx, cleo)),
		"exports":               second(app.Exports(ctx, cleo)),
		"a new export":          second(app.RequestExport(ctx, cleo)),
		"an organization":       second(app.OpenOrganization(ctx, cleo, o)),
		"an invitation":         second(app.Invite(ctx, cleo, organizations.Invite{Organization: o, Email: "ben@neoforge.test", Role: identity.Reader})),
		"an invitation's link":  second(app.PeekInvitation(ctx, magic)),
		"a grant":               second(app.May(ctx, cleo.UserID, "content.post.edit", "post:1")),
		"the end of a session":  app.RevokeSession(ctx, cleo, cleo.SessionID),
		"the end of others":     second(app.RevokeOtherSessions(ctx, cleo)),
		"signing out":           app.SignOut(ctx, cleo),
		"an authenticator app":  second(app.StartTOTP(ctx, cleo)),
		"its code":              second(app.ConfirmTOTP(ctx, cleo, "000000")),
		"recovery codes":        second(app.MakeRecoveryCodes(ctx, cleo)),
		"leaving":               second(app.DeletionBlockers(ctx, cleo)),
		"people":                second(app.ListPeople(ctx, ada, administration.ListPeople{})),
		"a person":              second(app.PersonDetail(ctx, ada, cleo.UserID)),
		"a person by their id":  second(app.Person(ctx, cleo.UserID)),
		"a billing contact":     second(app.BillingContact(ctx, o)),
		"roles":                 second(app.ListRoles(ctx, ada)),
		"a role":                app.AssignRole(ctx, ada, cleo.UserID, identityport.RoleAuthor),
		"a suspension":          app.SuspendUser(ctx, ada, cleo.UserID, "A test of it."),
		"an erasure":            app.ErasePerson(ctx, ada, cleo.UserID),
		"acting for somebody":   second(app.Impersonate(ctx, administration.Impersonate{Actor: ada, User: cleo.UserID})),
		"the trail":             second(app.AuditTrail(ctx, ada, administration.AuditQuery{})),
		"the trail of somebody": second(app.AuditTrail(ctx, ada, administration.AuditQuery{Actor: "cleo@neoforge.test"})),
		"the trail as a file":   second(app.ExportAudit(ctx, ada, administration.AuditQuery{}, func([]audit.Entry) error { return nil })),
		"seats":                 app.SetSeats(ctx, o, 2),
		"a new key":             second(app.RotateKeys(ctx, identity.Announced)),
	} {
		f := fault.As(err)
		if err == nil || f != nil && f.Kind != fault.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(h.ledger.Acts); n != written {
		t.Errorf("%d acts were written", n-written)
	}
	for _, j := range []string{"identity.purge_ended", "identity.erase_leaving"} {
		if err := h.run(t, j, nil); err == nil {
			t.Errorf("%s has nothing to report", j)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if a, err := app.AuthenticateSession(gone, in.Secret); err == nil || a.SignedIn() || fault.As(err) != nil {
		t.Errorf("a request that was given up: %+v, %v", a, err)
	}
}
