package identity_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestProviderFlow_IsLimitedForANetwork: who begins and never comes back leaves a row.
func TestProviderFlow_IsLimitedForANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in, err := h.signIn(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{Address: "203.0.113.7"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 400 { // who comes back uses nothing up
			if _, err := h.come(t, verified(fmt.Sprint(i), fmt.Sprintf("n%d@example.com", i))); err != nil {
				t.Fatalf("sign-in %d: %v", i+1, err)
			}
		}
		begin := func(d identity.Device) error {
			_, err := h.app.BeginProviderSignIn(t.Context(), signin.BeginProviderSignIn{Provider: "acme", Device: d})
			return err
		}
		begun := 0
		for range 400 {
			err := begin(identity.Device{Address: "192.0.2.44"})
			if err != nil {
				failsWith(t, "a flow too many", err, identity.ErrTooManyAttempts)
				break
			}
			begun++
		}
		if begun != 300 {
			t.Errorf("%d flows were begun from one network, want 300", begun)
		}
		if err := begin(identity.Device{Address: "192.0.2.44", Token: in.Device}); err != nil {
			t.Errorf("a browser that somebody signed in by before: %v", err)
		}
		if err := begin(identity.Device{Address: "192.0.2.45"}); err != nil {
			t.Errorf("another network: %v", err)
		}
		cleo := h.actor(t, in.Secret)
		linked := 0
		for range 400 {
			if _, err := h.app.BeginLink(t.Context(), account.BeginLink{Actor: cleo, Provider: "acme"}); err != nil {
				failsWith(t, "a link too many", err, identity.ErrTooManyAttempts)
				break
			}
			linked++
		}
		if linked != 300 {
			t.Errorf("%d links were begun by one person, want 300", linked)
		}
	})
}

// TestPasskeySignIn_SpendsItsChallengeOnTheFirstAnswer: whoever is refused asks anew.
func TestPasskeySignIn_SpendsItsChallengeOnTheFirstAnswer(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		cleo, _ := h.signedIn(t, "cleo@neoforge.test")
		key, _ := h.addPasskey(t, cleo, "Laptop")
		begun, err := h.app.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer := func(begun identity.PasskeyChallenge, response []byte) error {
			_, err := h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: response, Device: fixture.Laptop})
			return err
		}
		other, err := h.app.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		failsWith(t, "an answer to another challenge", answer(begun, key.proves(t, other.Options)), identity.ErrPasskeyInvalid)
		for range 3 {
			failsWith(t, "the right answer, after a wrong one", answer(begun, key.proves(t, begun.Options)), identity.ErrChallengeUnknown)
		}
		if err := answer(other, key.proves(t, other.Options)); err != nil {
			t.Errorf("the challenge that was begun anew: %v", err)
		}
	})
}

// TestPasskeySignIn_IsLimitedForANetwork: each wrong answer is a row.
func TestPasskeySignIn_IsLimitedForANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		cleo, in := h.signedIn(t, "cleo@neoforge.test")
		key, _ := h.addPasskey(t, cleo, "Laptop")
		sign := func(d identity.Device, right bool) error {
			begun, err := h.app.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			response := []byte("{}")
			if right {
				response = key.proves(t, begun.Options)
			}
			_, err = h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: response, Device: d})
			return err
		}
		stranger := identity.Device{Address: "192.0.2.44"}
		for i := range 70 { // what is right uses nothing up
			if err := sign(stranger, true); err != nil {
				t.Fatalf("sign-in %d: %v", i+1, err)
			}
		}
		refused := 0
		for range 70 {
			err := sign(stranger, false)
			if errors.Is(err, identity.ErrTooManyAttempts) {
				break
			}
			failsWith(t, "a wrong answer", err, identity.ErrPasskeyInvalid)
			refused++
		}
		if refused != 60 {
			t.Errorf("%d wrong answers from one network were looked at, want 60", refused)
		}
		if err := sign(identity.Device{Address: stranger.Address, Token: in.Device}, true); err != nil {
			t.Errorf("a browser that somebody signed in by before: %v", err)
		}
	})
}

// TestPasskeySignIn_IsLimitedForAllBrowsersOfANetwork: each sign-in without a device
// cookie makes another one, with an allowance of its own.
func TestPasskeySignIn_IsLimitedForAllBrowsersOfANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
		wrong := func(address string, cookie identity.Secret) error {
			begun, err := h.app.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{
				Challenge: begun.Challenge, Response: []byte("{}"), Device: identity.Device{Address: address, Token: cookie},
			})
			return err
		}
		looked := 0
		var last identity.Secret
		for range 12 {
			in, err := h.signIn(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{Address: "192.0.2.44"})
			if err != nil {
				t.Fatal(err)
			}
			last = in.Device
			for range 60 {
				err := wrong("192.0.2.44", last)
				if errors.Is(err, identity.ErrTooManyAttempts) {
					break
				}
				failsWith(t, "a wrong answer", err, identity.ErrPasskeyInvalid)
				looked++
			}
		}
		if looked < 600 || looked >= 12*60 { // some return while they are made
			t.Errorf("%d wrong answers of twelve cookies on one network were looked at, want about 600", looked)
		}
		failsWith(t, "the last cookie on another network", wrong("192.0.2.45", last), identity.ErrPasskeyInvalid)
		failsWith(t, "somebody without a cookie", wrong("192.0.2.44", ""), identity.ErrPasskeyInvalid)
	})
}

// everyRow is all that the database holds.
func everyRow(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range scan(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'") {
		all[table] = scan(t, db, "SELECT * FROM \""+table+"\"")
	}
	return all
}

// scan reads rows as text.
func scan(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		text := make([]string, len(row))
		for i, v := range row {
			text[i] = v.String
		}
		out = append(out, strings.Join(text, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

var anyParameter = regexp.MustCompile(`\{[^}]+\}`)

// TestHEAD_WritesNothing asks every route that answers HEAD, as a visitor and as an
// administrator.
func TestHEAD_WritesNothing(t *testing.T) {
	t.Parallel()
	db := fixture.Databases["sqlite"](t)
	h := newTestApp(t, db)
	h.deps.Policy[identityport.RoleAdministrator] = append(h.deps.Policy[identityport.RoleAdministrator], identity.PermissionReadAudit, identity.PermissionManageRoles)
	var err error
	if h.app, err = fixture.NewIdentity(h.deps); err != nil {
		t.Fatal(err)
	}
	h.create(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	in := h.withPassword(t, "ada@neoforge.test")
	ada := h.actor(t, in.Secret)
	organization := h.found(t, ada)
	exported, err := h.app.RequestExport(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	job := h.ledger.Queued("identity.build_export")
	for _, j := range job {
		if err := h.run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	if len(job) != 1 {
		t.Fatalf("%d exports are queued", len(job))
	}

	settings := fiberhttptest.Settings(t)
	settings.BaseURL, settings.Sessions, settings.Limiter, settings.Logger = "http://localhost:8080", h.app, nil, zap.NewNop()
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, identityhttp.Deps{
		SignIn: h.app.Rooms.SignIn, Account: h.app.Rooms.Account, Organizations: h.app.Rooms.Organizations,
		Privacy: h.app.Rooms.Privacy, Administration: h.app.Rooms.Administration, SigningKeys: h.app.Rooms.SigningKeys,
	}); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	if _, err := h.app.KeySet(t.Context()); err != nil { // whoever asks first has the first key made
		t.Fatal(err)
	}
	asked, answered := 0, 0
	for _, route := range s.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		path := strings.NewReplacer("{provider}", "acme", "/organizations/{id}", "/organizations/"+string(organization),
			"/exports/{id}", "/exports/"+exported.ID, "/people/{id}", "/people/"+string(ada.UserID), "/users/{id}", "/users/"+string(ada.UserID)).Replace(route.Path)
		path = anyParameter.ReplaceAllString(path, "x")
		for who, cookie := range map[string]string{"a visitor": "theme=dark", "an administrator": "session=" + in.Secret.Reveal()} {
			before := everyRow(t, db.SQL())
			a := c.Do(http.MethodHead, path, "", "Cookie", cookie)
			asked++
			if a.StatusCode < 300 {
				answered++
			}
			if a.StatusCode >= 500 || a.StatusCode == http.StatusMethodNotAllowed {
				t.Errorf("HEAD %s by %s: %d", path, who, a.StatusCode)
			}
			for table, rows := range everyRow(t, db.SQL()) {
				if !slices.Equal(rows, before[table]) {
					t.Errorf("HEAD %s by %s changes %s", path, who, table)
				}
			}
		}
	}
	if asked < 100 || answered < 50 {
		t.Errorf("%d requests, %d answered", asked, answered)
	}
}

// committing counts transactions.
type committing struct {
	identity.UnitOfWork
	done atomic.Int64
}

func (c *committing) Do(ctx context.Context, fn func(context.Context, identity.Stores) error) error {
	c.done.Add(1)
	return c.UnitOfWork.Do(ctx, fn)
}

// TestMadeUpSecrets_TakeNoTransactionWithoutEnd: what nobody has is only looked for.
func TestMadeUpSecrets_TakeNoTransactionWithoutEnd(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		counting := &committing{UnitOfWork: h.deps.UnitOfWork}
		h.deps.UnitOfWork = counting
		var err error
		if h.app, err = fixture.NewIdentity(h.deps); err != nil {
			t.Fatal(err)
		}
		stranger := identity.Device{Address: "192.0.2.44"}
		for what, c := range map[string]struct {
			try  func() error
			want error // nil: that it is no link, or that there were too many
			most int64 // transactions for 400
		}{
			"a second factor": {func() error {
				_, err := h.app.FinishSignIn(t.Context(), signin.FinishSignIn{Challenge: identity.NewSecret(), Proof: identity.FactorProof{Code: "123456"}, Device: stranger})
				return err
			}, identity.ErrChallengeUnknown, 0},
			"a refresh token": {func() error {
				_, err := h.app.RefreshTokens(t.Context(), identity.NewSecret())
				return err
			}, identity.ErrInvalidToken, 0},
			"a link": {func() error {
				return h.app.ConfirmEmailChange(t.Context(), identity.NewSecret(), "192.0.2.45")
			}, nil, 0},
			"a link to sign in by": {func() error {
				_, err := h.app.SignInWithLink(t.Context(), signin.SignInWithLink{Token: identity.NewSecret(), Device: stranger})
				return err
			}, nil, 60}, // noted until there are too many
			"a callback": {func() error {
				_, err := h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{
					Provider: "acme", BrowserSecret: identity.NewSecret(), Params: url.Values{"state": {identity.NewSecret().Reveal()}, "code": {"c"}}, Device: stranger,
				})
				return err
			}, identity.ErrFlowUnknown, 300},
		} {
			before := counting.done.Load()
			for range 400 {
				err := c.try()
				switch {
				case c.want != nil:
					failsWith(t, what, err, c.want)
				case !errors.Is(err, identity.ErrInvalidLink) && !errors.Is(err, identity.ErrTooManyAttempts):
					t.Fatalf("%s: %v", what, err)
				}
			}
			if n := counting.done.Load() - before; n > c.most {
				t.Errorf("%s: %d transactions, want %d at the most", what, n, c.most)
			}
		}
	})
}

// TestNetworks_OfOneSiteAreLimitedTogether: who holds a /48 of IPv6 asks from another
// network each time.
func TestNetworks_OfOneSiteAreLimitedTogether(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		signUp := func(i int, address string) error {
			return h.app.SignUp(t.Context(), signin.SignUp{Email: fmt.Sprintf("n%d@neoforge.test", i), Password: otherPassword, Name: "Cleo", Address: address})
		}
		taken := 0
		for i := range 120 {
			if err := signUp(i, fmt.Sprintf("2001:db8:1:%x::1", i)); err != nil {
				failsWith(t, "a registration too many", err, identity.ErrTooManyAttempts)
				break
			}
			taken++
		}
		if taken != 100 {
			t.Errorf("one /48 registered %d accounts in an hour, want 100", taken)
		}
		if err := signUp(1000, "2001:db8:2::1"); err != nil {
			t.Errorf("another /48: %v", err)
		}
		if err := signUp(1001, "192.0.2.44"); err != nil {
			t.Errorf("an address of IPv4: %v", err)
		}
	})
}

// TestRefreshTokens_NoteAReuseOnce: whoever holds a spent token can bring it for ever.
func TestRefreshTokens_NoteAReuseOnce(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
		pair := h.program(t, "cleo@neoforge.test")
		if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken)
			failsWith(t, "a spent token", err, identity.ErrTokenReused)
		}
		if n := len(h.ledger.Did("identity.refresh_token_reused")); n != 1 {
			t.Errorf("%d entries of one reuse", n)
		}
	})
}
