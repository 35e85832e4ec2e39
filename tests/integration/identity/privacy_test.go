package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestIdentityPrivacy tells what people do with their own data, on every database.
func TestIdentityPrivacy(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, h *testApp){
		"people rename themselves a few times a day":                    limitsRenames,
		"a personal organization bears its person's name":               namesOrganization,
		"an administrator changes name and role together or not at all": changesTogether,
		"an export asks every context and is its person's alone":        exportsData,
		"an export that fails is tried again":                           exportFails,
		"an export too large is given up":                               exportTooLarge,
		"an export is asked for once at a time, and expires":            exportBounds,
		"an account ends after its grace period":                        accountEnds,
		"an erasure that waits is told":                                 erasureWaits,
		"an erased person is taken out of the log of what has happened": logForgets,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, newTestApp(t, open(t)))
				})
			}
		})
	}
}

// cleo comes in and is told apart by her cookie.
func (h *testApp) cleo(t *testing.T) (identity.Actor, identity.Secret) {
	t.Helper()
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	return h.actor(t, in.Secret), in.Secret
}

// ownPlace is the name of somebody's personal organization.
func (h *testApp) ownPlace(t *testing.T, id identity.UserID) string {
	t.Helper()
	places, err := h.deps.Reads.PlacesOf(t.Context(), id)
	if err != nil || len(places) == 0 || !places[0].Organization.Personal {
		t.Fatalf("%+v, %v", places, err)
	}
	return places[0].Organization.Name
}

func namesOrganization(t *testing.T, h *testApp) {
	cleo, cookie := h.cleo(t)
	shared := h.found(t, cleo)
	named := func(what, want string, id identity.UserID) {
		t.Helper()
		if have := h.ownPlace(t, id); have != want {
			t.Errorf("%s: the organization is named %q, want %q", what, have, want)
		}
	}
	if _, err := h.app.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: "Cleo Quill"}); err != nil {
		t.Fatal(err)
	}
	named("by the person", "Cleo Quill", cleo.UserID)
	if err := h.app.RenameUser(t.Context(), h.manager(t, "ada"), cleo.UserID, "Cleo Reed"); err != nil {
		t.Fatal(err)
	}
	named("by an administrator", "Cleo Reed", cleo.UserID)
	if have := h.actor(t, cookie).Name; have != "Cleo Reed" {
		t.Errorf("the next request is told %q", have)
	}
	if o, err := h.deps.Reads.Organization(t.Context(), shared); err != nil || o.Name != "The Forge" {
		t.Errorf("an organization that is shared: %+v, %v", o, err)
	}

	// Whoever proves an address that a stranger registered names it anew.
	h.deliver(t)
	h.signUp(t, "ben@neoforge.test", fixture.Password, "Mallory")
	h.mail(t, "ben@neoforge.test")
	h.signUp(t, "ben@neoforge.test", otherPassword, "Ben")
	if err := h.verify(t, link(t, h.mail(t, "ben@neoforge.test"), "/verify-email")); err != nil {
		t.Fatal(err)
	}
	named("by a link", "Ben", h.person(t, "ben@neoforge.test").ID)
	h.signUp(t, "dan@neoforge.test", fixture.Password, "Mallory")
	in := h.mustCome(t, identity.Claim{Subject: "dan", Email: "dan@neoforge.test", EmailVerified: true, Name: "Dan"})
	named("by a provider", "Dan", in.Session.User)
}

func changesTogether(t *testing.T, h *testApp) {
	ada := h.manager(t, "ada")
	cleo, _ := h.cleo(t)
	name, blank := "Cleo Quill", " "
	administrator, nothing := identityport.RoleAdministrator, identity.Role("nothing")
	for what, c := range map[string]struct {
		by     identity.Actor
		change administration.UserChange
		want   error
	}{
		"a role that is none":    {ada, administration.UserChange{Name: &name, Role: &nothing}, identity.ErrRoleAbsent},
		"a name that is none":    {ada, administration.UserChange{Name: &blank, Role: &administrator}, identity.ErrInvalidName},
		"who manages roles only": {cleoWith(ada, identity.PermissionManageRoles), administration.UserChange{Name: &name, Role: &administrator}, identity.ErrForbidden},
		"who manages names only": {cleoWith(ada, identity.PermissionManageUsers), administration.UserChange{Name: &name, Role: &administrator}, identity.ErrForbidden},
		"a visitor":              {identity.Actor{}, administration.UserChange{}, identity.ErrNotSignedIn},
		"a member":               {cleo, administration.UserChange{}, identity.ErrForbidden},
	} {
		failsWith(t, what, h.app.ChangeUser(t.Context(), c.by, cleo.UserID, c.change), c.want)
	}
	own := administration.UserChange{Name: &name, Role: &administrator}
	failsWith(t, "one's own name", h.app.ChangeUser(t.Context(), ada, ada.UserID, own), identity.ErrOwnAccount)
	if u := h.person(t, "cleo@neoforge.test"); u.Name == name || u.Role != identityport.RoleMember || u.Version != 0 {
		t.Errorf("a change that was refused left %+v", u)
	}
	if err := h.app.ChangeUser(t.Context(), ada, cleo.UserID, administration.UserChange{}); err != nil {
		t.Error(err)
	}
	if err := h.app.ChangeUser(t.Context(), ada, cleo.UserID, administration.UserChange{Name: &name, Role: &administrator}); err != nil {
		t.Fatal(err)
	}
	if u := h.person(t, "cleo@neoforge.test"); u.Name != name || u.Role != administrator || u.Version != 1 {
		t.Errorf("changed to %+v", u)
	}
	if len(h.ledger.Did("identity.user_renamed")) != 1 || len(h.ledger.Did("identity.role_assigned")) != 1 {
		t.Error("the trail does not have both, once")
	}
}

// holds is a context that knows one thing about everybody.
func holds(name string, what any) identity.Exporter {
	return identity.Exporter{Name: name, Export: func(context.Context, identityport.Subject) (any, error) {
		return what, nil
	}}
}

// export runs the last export that was asked for.
func (h *testApp) export(t *testing.T) error {
	t.Helper()
	all := h.ledger.Queued("identity.build_export")
	return h.run(t, all[len(all)-1].Kind, all[len(all)-1].Payload)
}

func exportsData(t *testing.T, h *testApp) {
	cleo, _ := h.cleo(t)
	if _, err := h.app.SetAvatar(t.Context(), cleo, fixture.PNG(t, 20)); err != nil {
		t.Fatal(err)
	}
	var asked []identityport.OrganizationID
	h.exporters = []identity.Exporter{
		{Name: "identity", Export: func(ctx context.Context, who identityport.Subject) (any, error) {
			asked = who.Organizations
			return h.app.ExportUser(ctx, who)
		}},
		holds("shop", map[string]string{"bought": "an anvil"}),
	}
	e, err := h.app.RequestExport(t.Context(), cleo)
	if err != nil || e.Total != 2 {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, _, err := h.app.ExportArchive(t.Context(), cleo, e.ID); !errors.Is(err, identity.ErrExportNotReady) {
		t.Errorf("too early: %v", err)
	}
	h.deliver(t)
	for range 2 { // the second run finds it done
		if err := h.export(t); err != nil {
			t.Fatal(err)
		}
	}
	if sent := h.deliver(t); len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Text, "/account/data") {
		t.Errorf("mails: %+v", sent)
	}
	done, archive, err := h.app.ExportArchive(t.Context(), cleo, e.ID)
	if err != nil || done.Done != 2 || done.State != identity.ExportReady || done.Size != int64(len(archive)) {
		t.Fatalf("%+v, %v", done, err)
	}
	if len(asked) != 1 || asked[0] != cleo.PersonalOrganization() {
		t.Errorf("asked for the organizations %v", asked)
	}
	files := fixture.Unzip(t, archive)
	if len(files) != 4 || !strings.Contains(files["identity.json"], "cleo@neoforge.test") || !strings.Contains(files["shop.json"], "an anvil") ||
		!strings.Contains(files["README.txt"], "shop.json") || len(files["picture.jpg"]) < 100 {
		t.Errorf("the archive holds %v", files)
	}
	if !json.Valid([]byte(files["identity.json"])) {
		t.Error("identity.json is no JSON")
	}

	h.create(t, "dan@neoforge.test", identityport.RoleAdministrator, true)
	dan := h.actor(t, h.enter(t, "dan@neoforge.test").Secret)
	if _, err := h.app.DataExport(t.Context(), dan, e.ID); !errors.Is(err, identity.ErrExportAbsent) {
		t.Errorf("another person sees it: %v", err)
	}
	if _, _, err := h.app.ExportArchive(t.Context(), dan, e.ID); !errors.Is(err, identity.ErrExportAbsent) {
		t.Errorf("another person fetches it: %v", err)
	}
	if all, err := h.app.Exports(t.Context(), dan); err != nil || len(all) != 0 {
		t.Errorf("another person's list: %v, %v", all, err)
	}
	if acts := h.ledger.Did("identity.export_fetched"); len(acts) != 1 {
		t.Errorf("trail: %+v", acts)
	}
}

func exportFails(t *testing.T, h *testApp) {
	cleo, _ := h.cleo(t)
	away := errors.New("the shop is closed")
	h.exporters = []identity.Exporter{holds("first", 1), {Name: "shop", Export: func(context.Context, identityport.Subject) (any, error) {
		return nil, away
	}}}
	e, err := h.app.RequestExport(t.Context(), cleo)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.export(t); !errors.Is(err, away) {
		t.Fatalf("a context is away: %v", err)
	}
	if have, err := h.app.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportRunning || have.Done != 1 {
		t.Errorf("%+v, %v", have, err)
	}
	h.clock.Advance(identity.ExportTimeout)
	cleo.AuthenticatedAt = h.clock.Now()
	if have, err := h.app.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
		t.Errorf("%+v, %v", have, err)
	}
	if err := h.export(t); err != nil {
		t.Errorf("what has failed is not begun again: %v", err)
	}
}

func exportTooLarge(t *testing.T, h *testApp) {
	cleo, _ := h.cleo(t)
	// Noise does not compress.
	noise := make([]byte, identity.ExportBytes)
	seed := uint32(1)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = byte(seed >> 24)
	}
	h.exporters = []identity.Exporter{holds("noise", noise)}
	e, err := h.app.RequestExport(t.Context(), cleo)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.export(t); err != nil {
		t.Fatal(err)
	}
	if have, err := h.app.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
		t.Errorf("%+v, %v", have, err)
	}
	if sent := h.deliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "could not be collected") {
		t.Errorf("mails: %+v", sent)
	}
}

func exportBounds(t *testing.T, h *testApp) {
	cleo, _ := h.cleo(t)
	h.exporters = []identity.Exporter{holds("one", 1)}
	again := func() error {
		cleo.AuthenticatedAt = h.clock.Now()
		_, err := h.app.RequestExport(t.Context(), cleo)
		return err
	}
	for i := range identity.ExportsPerDay {
		if err := again(); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if err := again(); !errors.Is(err, identity.ErrExportUnderWay) {
			t.Errorf("beside one that runs: %v", err)
		}
		if err := h.export(t); err != nil {
			t.Fatal(err)
		}
	}
	if err := again(); !errors.Is(err, identity.ErrTooManyExports) || fault.As(err).RetryAfter <= 0 {
		t.Errorf("the fourth: %v", err)
	}
	all, err := h.app.Exports(t.Context(), cleo)
	if err != nil || len(all) != identity.ExportsPerDay {
		t.Fatalf("%d, %v", len(all), err)
	}
	h.clock.Advance(identity.ExportTTL + time.Minute)
	cleo.AuthenticatedAt = h.clock.Now()
	if _, _, err := h.app.ExportArchive(t.Context(), cleo, all[0].ID); !errors.Is(err, identity.ErrExportAbsent) {
		t.Errorf("expired: %v", err)
	}
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.deps.Reads.DataExport(t.Context(), all[0].ID); !errors.Is(err, identity.ErrExportAbsent) {
		t.Errorf("purged: %v", err)
	}
}

func accountEnds(t *testing.T, h *testApp) {
	cleo, cookie := h.cleo(t)
	pair := h.program(t, "cleo@neoforge.test")
	if _, err := h.app.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: cleo, Email: "dan@neoforge.test"}); !errors.Is(err, identity.ErrAddressMismatch) {
		t.Errorf("another address: %v", err)
	}
	h.deliver(t)
	u, err := h.app.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: cleo, Email: " Cleo@NeoForge.test"})
	if err != nil {
		t.Fatal(err)
	}
	h.refused(t, "the account is being deleted", cookie)
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a program: %v", err)
	}
	if sent := h.deliver(t); len(sent) != 1 || !strings.Contains(sent[0].Text, u.EraseAt.UTC().Format("2 January 2006")) {
		t.Errorf("mails: %+v", sent)
	}
	leave := func() {
		t.Helper()
		if err := h.run(t, "identity.erase_leaving", nil); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if sent := h.deliver(t); len(sent) != 0 {
		t.Errorf("too early: %+v", sent)
	}
	h.clock.Advance(identity.DeletionGrace - 20*time.Hour)
	leave()
	leave()
	if sent := h.deliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "tomorrow") {
		t.Errorf("the day before: %+v", sent)
	}
	if _, err := h.app.Person(t.Context(), cleo.UserID); err != nil {
		t.Fatalf("erased too early: %v", err)
	}
	h.clock.Advance(20 * time.Hour)
	h.outbox.Mu.Lock()
	before := len(h.outbox.Sent)
	h.outbox.Mu.Unlock()
	leave()
	leave()
	for _, j := range h.ledger.Queued("identity.send_erased_mail") {
		if err := h.run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.app.Person(t.Context(), cleo.UserID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("still there: %v", err)
	}
	if sent := h.outbox.Sent[before:]; len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Subject, "is deleted") {
		t.Errorf("the last mail: %+v", sent)
	}
	if n := len(h.ledger.Published("identity.user_erased.v1")); n != 1 {
		t.Errorf("%d events", n)
	}
	if acts := h.ledger.Did("identity.account_erased"); len(acts) != 1 || acts[0].Actor != "system" {
		t.Errorf("trail: %+v", acts)
	}
}

func logForgets(t *testing.T, h *testApp) {
	cleo, _ := h.cleo(t)
	registered := h.ledger.Published("identity.user_registered.v1")
	if err := h.app.EraseUser(t.Context(), cleo, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	// What a subscriber is handed that comes late holds nothing to act on.
	redacted := identityport.UserRegistered{UserID: cleo.UserID}
	err := h.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Log.Redact(ctx, registered[0].OccurredAt, "cleo@neoforge.test", redacted)
	})
	if err != nil {
		t.Error(err)
	}
}

// erasureWaits: the other owner of the organization is gone since cleo asked.
func erasureWaits(t *testing.T, h *testApp) {
	cleo, ben := h.arrives(t, "cleo", identityport.RoleMember), h.arrives(t, "ben", identityport.RoleMember)
	o := h.found(t, cleo)
	h.admit(t, cleo, ben, o, identity.Reader)
	err := h.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		u, err := s.Users.ByID(ctx, cleo.UserID)
		if err != nil {
			return err
		}
		u.EraseAt = h.clock.Now().Add(-time.Hour)
		return s.Users.Update(ctx, u)
	})
	if err != nil {
		t.Fatal(err)
	}
	h.deliver(t)
	passed := func() []mail.Message {
		t.Helper()
		if err := h.run(t, "identity.erase_leaving", nil); err != nil {
			t.Fatal(err)
		}
		return h.deliver(t)
	}
	for run := range 3 {
		sent := passed()
		if run == 0 && (len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Text, "The Forge") || !strings.Contains(sent[0].Text, "/account/data/delete")) {
			t.Errorf("cleo is told %+v", sent)
		}
		if run > 0 && len(sent) != 0 {
			t.Errorf("and again: %+v", sent)
		}
	}
	if len(h.delayed) != 3 || !errors.Is(h.delayed[2], identity.ErrOwnsOrganizations) {
		t.Errorf("the operator is told %v", h.delayed)
	}
	if n, err := h.app.Overdue(t.Context()); err != nil || n != 1 {
		t.Errorf("%d overdue: %v", n, err)
	}
	if acts := h.ledger.Did("identity.deletion_delayed"); len(acts) != 1 || acts[0].Resource != "user:"+string(cleo.UserID) {
		t.Errorf("trail: %+v", acts)
	}
	root := identity.Actor{UserID: ben.UserID, SessionID: "s", Permissions: []identity.Permission{identity.PermissionManageUsers}}
	if people, err := h.app.ListPeople(t.Context(), root, administration.ListPeople{State: string(identity.PersonOverdue)}); err != nil || len(people.Items) != 1 || people.Items[0].ID != cleo.UserID {
		t.Errorf("listed: %+v, %v", people, err)
	}
	if left, err := h.app.DeletionBlockers(t.Context(), cleo); err != nil || len(left.Organizations) != 1 || left.Organizations[0].ID != o {
		t.Errorf("who depends on cleo: %+v, %v", left, err)
	}
	if _, all, err := h.app.FindPerson(t.Context(), "cleo@neoforge.test"); err != nil || len(all) != 2 || all[1] != o {
		t.Errorf("an operator exports of %v, %v", all, err)
	}
	h.clock.Advance(7 * 24 * time.Hour)
	if sent := passed(); len(sent) != 1 {
		t.Errorf("after a week: %+v", sent)
	}
	if err := h.app.RemoveMember(t.Context(), cleo, o, ben.UserID); err != nil {
		t.Fatal(err)
	}
	passed()
	if n, err := h.app.Overdue(t.Context()); err != nil || n != 0 || len(h.ledger.Did("identity.account_erased")) != 1 {
		t.Errorf("nobody depends on cleo any more: %d overdue, %v", n, err)
	}
}
