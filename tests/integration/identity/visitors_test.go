package identity_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// allowed is what a limit of so many in a quarter of an hour has let by since then: it gives
// back all the time, also while a slow machine still counts.
func allowed(limit int64, since time.Time) int64 {
	return limit + int64(math.Ceil(float64(limit)*float64(time.Since(since))/float64(15*time.Minute)))
}

// TestProviderFlow_IsLimitedForANetwork: who begins and never comes back leaves a row.
func TestProviderFlow_IsLimitedForANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{IP: "203.0.113.7"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 400 { // who comes back uses nothing up
			if _, err := h.ComeByProvider(t, fixture.VerifiedClaim(fmt.Sprint(i), fmt.Sprintf("n%d@example.com", i))); err != nil {
				t.Fatalf("sign-in %d: %v", i+1, err)
			}
		}
		begin := func(d identity.Device) error {
			_, err := h.BeginProviderSignIn(t.Context(), signin.BeginProviderSignIn{Provider: "acme", Device: d})
			return err
		}
		begun, began := int64(0), time.Now()
		for range 400 {
			err := begin(identity.Device{IP: "192.0.2.44"})
			if err != nil {
				fixture.FailsWith(t, "a flow too many", err, identity.ErrTooManyAttempts)
				break
			}
			begun++
		}
		if begun < 300 || begun > allowed(300, began) {
			t.Errorf("%d flows were begun from one network, want 300", begun)
		}
		if err := begin(identity.Device{IP: "192.0.2.44", Token: in.Device}); err != nil {
			t.Errorf("a browser that somebody signed in by before: %v", err)
		}
		if err := begin(identity.Device{IP: "192.0.2.45"}); err != nil {
			t.Errorf("another network: %v", err)
		}
		cleo := h.MustActor(t, in.Secret)
		linked, began := int64(0), time.Now()
		for range 400 {
			if _, err := h.BeginLink(t.Context(), account.BeginLink{Actor: cleo, Provider: "acme"}); err != nil {
				fixture.FailsWith(t, "a link too many", err, identity.ErrTooManyAttempts)
				break
			}
			linked++
		}
		if linked < 300 || linked > allowed(300, began) {
			t.Errorf("%d links were begun by one person, want 300", linked)
		}
	})
}

// TestPasskeySignIn_SpendsItsChallengeOnTheFirstAnswer: whoever is refused asks anew.
func TestPasskeySignIn_SpendsItsChallengeOnTheFirstAnswer(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, _ := h.MustAddPasskey(t, cleo, "Laptop")
		begun, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer := func(begun identity.PasskeyChallenge, response []byte) error {
			_, err := h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: response, Device: fixture.Laptop})
			return err
		}
		other, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fixture.FailsWith(t, "an answer to another challenge", answer(begun, key.Proves(t, other.Options)), identity.ErrPasskeyInvalid)
		for range 3 {
			fixture.FailsWith(t, "the right answer, after a wrong one", answer(begun, key.Proves(t, begun.Options)), identity.ErrChallengeUnknown)
		}
		if err := answer(other, key.Proves(t, other.Options)); err != nil {
			t.Errorf("the challenge that was begun anew: %v", err)
		}
	})
}

// TestPasskeySignIn_IsLimitedForANetwork: each wrong answer is a row.
func TestPasskeySignIn_IsLimitedForANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
		key, _ := h.MustAddPasskey(t, cleo, "Laptop")
		sign := func(d identity.Device, right bool) error {
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			response := []byte("{}")
			if right {
				response = key.Proves(t, begun.Options)
			}
			_, err = h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: response, Device: d})
			return err
		}
		stranger := identity.Device{IP: "192.0.2.44"}
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
			fixture.FailsWith(t, "a wrong answer", err, identity.ErrPasskeyInvalid)
			refused++
		}
		if refused != 60 {
			t.Errorf("%d wrong answers from one network were looked at, want 60", refused)
		}
		if err := sign(identity.Device{IP: stranger.IP, Token: in.Device}, true); err != nil {
			t.Errorf("a browser that somebody signed in by before: %v", err)
		}
	})
}

// TestPasskeySignIn_IsLimitedForAllBrowsersOfANetwork: each sign-in without a device
// cookie makes another one, with an allowance of its own.
func TestPasskeySignIn_IsLimitedForAllBrowsersOfANetwork(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		wrong := func(address string, cookie identity.Secret) error {
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{
				Challenge: begun.Challenge, Response: []byte("{}"), Device: identity.Device{IP: address, Token: cookie},
			})
			return err
		}
		looked := 0
		var last identity.Secret
		for range 12 {
			in, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{IP: "192.0.2.44"})
			if err != nil {
				t.Fatal(err)
			}
			last = in.Device
			for range 60 {
				err := wrong("192.0.2.44", last)
				if errors.Is(err, identity.ErrTooManyAttempts) {
					break
				}
				fixture.FailsWith(t, "a wrong answer", err, identity.ErrPasskeyInvalid)
				looked++
			}
		}
		if looked < 600 || looked >= 12*60 { // some return while they are made
			t.Errorf("%d wrong answers of twelve cookies on one network were looked at, want about 600", looked)
		}
		fixture.FailsWith(t, "the last cookie on another network", wrong("192.0.2.45", last), identity.ErrPasskeyInvalid)
		fixture.FailsWith(t, "somebody without a cookie", wrong("192.0.2.44", ""), identity.ErrPasskeyInvalid)
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
	h := fixture.NewRoom(t, db)
	h.Deps.Policy[identityport.RoleAdministrator] = append(h.Deps.Policy[identityport.RoleAdministrator], identity.PermissionReadAudit, identity.PermissionManageRoles)
	var err error
	if h.Identity, err = fixture.NewIdentity(h.Deps); err != nil {
		t.Fatal(err)
	}
	h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	in := h.MustEnter(t, "ada@neoforge.test")
	ada := h.MustActor(t, in.Secret)
	organization := h.MustFound(t, ada)
	exported, err := h.RequestExport(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	job := h.Ledger.Queued("identity.build_export")
	for _, j := range job {
		if err := h.Run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	if len(job) != 1 {
		t.Fatalf("%d exports are queued", len(job))
	}

	settings := fiberhttptest.Settings(t)
	settings.BaseURL, settings.Sessions, settings.Limiter, settings.Logger = "http://localhost:8080", h.Identity, nil, zap.NewNop()
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, identityhttp.Deps{
		SignIn: h.Rooms.SignIn, Account: h.Rooms.Account, Organizations: h.Rooms.Organizations,
		Privacy: h.Rooms.Privacy, Administration: h.Rooms.Administration, SigningKeys: h.Rooms.SigningKeys,
	}); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	if _, err := h.KeySet(t.Context()); err != nil { // whoever asks first has the first key made
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
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		counting := &committing{UnitOfWork: h.Deps.UnitOfWork}
		h.Deps.UnitOfWork = counting
		var err error
		if h.Identity, err = fixture.NewIdentity(h.Deps); err != nil {
			t.Fatal(err)
		}
		stranger := identity.Device{IP: "192.0.2.44"}
		for what, c := range map[string]struct {
			try  func() error
			want error // nil: that it is no link, or that there were too many
			most int64 // transactions for 400
		}{
			"a second factor": {func() error {
				_, err := h.FinishSignIn(t.Context(), signin.FinishSignIn{Challenge: identity.NewSecret(), Proof: identity.FactorProof{Code: "123456"}, Device: stranger})
				return err
			}, identity.ErrChallengeUnknown, 0},
			"a refresh token": {func() error {
				_, err := h.RefreshTokens(t.Context(), identity.NewSecret())
				return err
			}, identity.ErrInvalidToken, 0},
			"a link": {func() error {
				return h.ConfirmEmailChange(t.Context(), identity.NewSecret(), "192.0.2.45")
			}, nil, 0},
			"a link to sign in by": {func() error {
				_, err := h.SignInWithLink(t.Context(), signin.SignInWithLink{Token: identity.NewSecret(), Device: stranger})
				return err
			}, nil, 60}, // noted until there are too many
			"a callback": {func() error {
				_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
					Provider: "acme", BrowserSecret: identity.NewSecret(), Params: url.Values{"state": {identity.NewSecret().Reveal()}, "code": {"c"}}, Device: stranger,
				})
				return err
			}, identity.ErrFlowUnknown, 300},
		} {
			before, began := counting.done.Load(), time.Now()
			for range 400 {
				err := c.try()
				switch {
				case c.want != nil:
					fixture.FailsWith(t, what, err, c.want)
				case !errors.Is(err, identity.ErrInvalidLink) && !errors.Is(err, identity.ErrTooManyAttempts):
					t.Fatalf("%s: %v", what, err)
				}
			}
			if n, most := counting.done.Load()-before, allowed(c.most, began); n > most {
				t.Errorf("%s: %d transactions, want %d at the most", what, n, most)
			}
		}
	})
}

// TestNetworks_OfOneSiteAreLimitedTogether: who holds a /48 of IPv6 asks from another
// network each time.
func TestNetworks_OfOneSiteAreLimitedTogether(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		signUp := func(i int, address string) error {
			return h.SignUp(t.Context(), signin.SignUp{Email: fmt.Sprintf("n%d@neoforge.test", i), Password: fixture.OtherPassword, Name: "Cleo", IP: address})
		}
		taken := 0
		for i := range 120 {
			if err := signUp(i, fmt.Sprintf("2001:db8:1:%x::1", i)); err != nil {
				fixture.FailsWith(t, "a registration too many", err, identity.ErrTooManyAttempts)
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
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		pair := h.MustSignInProgram(t, "cleo@neoforge.test")
		if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
			fixture.FailsWith(t, "a spent token", err, identity.ErrTokenReused)
		}
		if n := len(h.Ledger.Did("identity.refresh_token_reused")); n != 1 {
			t.Errorf("%d entries of one reuse", n)
		}
	})
}
