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

// TestDatabase_ThatIsAwayIsNobodysFault has the database go away under people who
// are signed in and hold what is good: nobody is told that it is not, for a program
// would throw it away, and a browser would sign its person out.
func TestDatabase_ThatIsAwayIsNobodysFault(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			withoutDatabase(t, fixture.NewRoom(t, db), db)
		})
	}
}

func withoutDatabase(t *testing.T, h *fixture.Room, db *entstore.DB) {
	ada := h.MustManager(t, "ada")
	ada.Permissions = append(ada.Permissions, identity.PermissionReadAudit, identity.PermissionImpersonate)
	cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	_, token := h.MustIssueToken(t, cleo, 0, identity.ScopeRead)
	o := h.MustFound(t, cleo)
	h.MustDeliver(t)
	h.MustAskLink(t, "cleo@neoforge.test")
	magic := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic")
	h.MustForgetPassword(t, "cleo@neoforge.test")
	reset := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "")
	back := h.MustBeginLink(t, cleo)
	passkey, err := h.BeginPasskeySignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	app, err := fixture.NewIdentity(h.Deps) // which remembers nothing
	if err != nil {
		t.Fatal(err)
	}
	written := len(h.Ledger.Acts)
	ctx := t.Context()
	for what, err := range map[string]error{
		"a cookie":              fixture.Second(app.AuthenticateSession(ctx, in.Secret)),
		"an access token":       fixture.Second(app.AuthenticateToken(ctx, pair.AccessToken)),
		"a personal token":      fixture.Second(app.AuthenticatePersonalToken(ctx, token, fixture.Laptop.IP)),
		"a refresh token":       fixture.Second(app.RefreshTokens(ctx, pair.RefreshToken)),
		"a password":            fixture.Second(enter(t, app, "cleo@neoforge.test")),
		"a program's password":  fixture.Second(app.SignInProgram(ctx, signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})),
		"a link":                fixture.Second(app.SignInWithLink(ctx, signin.SignInWithLink{Token: magic, Device: fixture.Laptop})),
		"a reset":               app.ResetPassword(ctx, signin.ResetPassword{Token: reset, Password: fixture.OtherPassword, IP: fixture.Laptop.IP}),
		"a provider":            fixture.Second(app.SignInWithProvider(ctx, signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})),
		"the way back":          fixture.Second(app.ReturnPurpose(ctx, url.Values{"state": back.Params["state"]})),
		"a connection":          fixture.Second(app.LinkIdentity(ctx, back)),
		"a passkey":             fixture.Second(app.SignInWithPasskey(ctx, signin.SignInWithPasskey{Challenge: passkey.Challenge, Response: []byte("{}"), Device: fixture.Laptop})),
		"a second factor":       fixture.Second(app.FinishSignIn(ctx, signin.FinishSignIn{Challenge: passkey.Challenge, Proof: identity.FactorProof{Code: "000000"}, Device: fixture.Laptop})),
		"what is offered":       fixture.Second(app.SecondFactor(ctx, passkey.Challenge)),
		"a confirmation":        fixture.Second(app.Confirm(ctx, account.Confirm{Actor: cleo, Password: fixture.Password})),
		"a profile":             fixture.Second(app.Profile(ctx, cleo)),
		"what protects":         fixture.Second(app.Security(ctx, cleo)),
		"connections":           fixture.Second(app.Connections(ctx, cleo)),
		"tokens":                fixture.Second(app.PersonalTokens(ctx, cleo)),
		"consents":              fixture.Second(app.Consents(ctx, cleo)),
		"exports":               fixture.Second(app.Exports(ctx, cleo)),
		"a new export":          fixture.Second(app.RequestExport(ctx, cleo)),
		"an organization":       fixture.Second(app.OpenOrganization(ctx, cleo, o)),
		"an invitation":         fixture.Second(app.Invite(ctx, cleo, organizations.Invite{Organization: o, Email: "ben@neoforge.test", Role: identity.Reader})),
		"an invitation's link":  fixture.Second(app.PeekInvitation(ctx, magic)),
		"a grant":               fixture.Second(app.GrantedOn(ctx, cleo.UserID, "post:1")),
		"the end of a session":  app.RevokeSession(ctx, cleo, cleo.SessionID),
		"the end of others":     fixture.Second(app.RevokeOtherSessions(ctx, cleo)),
		"signing out":           app.SignOut(ctx, cleo),
		"an authenticator app":  fixture.Second(app.StartTOTP(ctx, cleo)),
		"its code":              fixture.Second(app.ConfirmTOTP(ctx, cleo, "000000")),
		"recovery codes":        fixture.Second(app.MakeRecoveryCodes(ctx, cleo)),
		"leaving":               fixture.Second(app.DeletionBlockers(ctx, cleo)),
		"people":                fixture.Second(app.ListPeople(ctx, ada, administration.ListPeople{})),
		"a person":              fixture.Second(app.PersonDetail(ctx, ada, cleo.UserID)),
		"a person by their id":  fixture.Second(app.Person(ctx, cleo.UserID)),
		"a billing contact":     fixture.Second(app.BillingContact(ctx, o)),
		"roles":                 fixture.Second(app.ListRoles(ctx, ada)),
		"a role":                app.AssignRole(ctx, ada, cleo.UserID, identityport.RoleAuthor),
		"a suspension":          app.SuspendUser(ctx, ada, cleo.UserID, "A test of it."),
		"an erasure":            app.ErasePerson(ctx, ada, cleo.UserID),
		"acting for somebody":   fixture.Second(app.Impersonate(ctx, administration.Impersonate{Actor: ada, User: cleo.UserID})),
		"the trail":             fixture.Second(app.AuditTrail(ctx, ada, administration.AuditQuery{})),
		"the trail of somebody": fixture.Second(app.AuditTrail(ctx, ada, administration.AuditQuery{Actor: "cleo@neoforge.test"})),
		"the trail as a file":   fixture.Second(app.ExportAudit(ctx, ada, administration.AuditQuery{}, func([]audit.Entry) error { return nil })),
		"seats":                 app.SetSeats(ctx, o, 2),
		"a new key":             fixture.Second(app.RotateKeys(ctx, identity.Announced)),
	} {
		f := fault.As(err)
		if err == nil || f != nil && f.Kind != fault.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(h.Ledger.Acts); n != written {
		t.Errorf("%d acts were written", n-written)
	}
	for _, j := range []string{"identity.purge_ended", "identity.erase_leaving"} {
		if err := h.Run(t, j, nil); err == nil {
			t.Errorf("%s has nothing to report", j)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if a, err := app.AuthenticateSession(gone, in.Secret); err == nil || a.SignedIn() || fault.As(err) != nil {
		t.Errorf("a request that was given up: %+v, %v", a, err)
	}
}
