package enumeration_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// asker asks the program over HTTP whether it betrays who has an account.
type asker struct {
	t       *testing.T
	app     *fixture.Identity
	clock   clock.Clock
	limiter *swapped
	site    string
	next    int
	// limits are what each pair begins with; nil: none that is reached.
	limits func() ratelimit.Limiter
}

// swapped is a limiter in whose place another one can be put.
type swapped struct{ ratelimit.Limiter }

// openAsker opens identity's routes on a database, with two accounts.
func openAsker(t *testing.T, db *entstore.DB, hasher identity.PasswordHasher) *asker {
	t.Helper()
	deps := fixture.IdentityDeps(t, db)
	a := &asker{t: t, clock: deps.Clock, limiter: &swapped{deps.Limiter}}
	deps.Limiter = a.limiter
	if hasher != nil {
		deps.Hasher = hasher
	}
	var err error
	if a.app, err = fixture.NewIdentity(deps); err != nil {
		t.Fatal(err)
	}
	a.site = fixture.ServeIdentity(t, a.app)
	for email, proven := range map[string]bool{"verified@neoforge.test": true, "unproven@neoforge.test": false} {
		_, err := a.app.CreateUser(t.Context(), administration.CreateUser{Email: email, Password: fixture.Password, Role: identityport.RoleMember, EmailVerified: proven})
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// answer is what a stranger sees, without what differs each time.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

func (a *asker) post(path, body string) answer {
	a.t.Helper()
	kind := "application/json"
	if !strings.HasPrefix(path, "/api/") {
		kind = "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.site+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("X-Request-Id", "0123456789abcdef0123456789abcdef")
	began := time.Now()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		a.t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil || res.Body.Close() != nil {
		a.t.Fatal(err)
	}
	res.Header.Del("Date")
	for i, cookie := range res.Header["Set-Cookie"] { // a secret of its own for each browser
		res.Header["Set-Cookie"][i] = drawnSecret.ReplaceAllString(cookie, "=SECRET;")
	}
	return answer{res.StatusCode, res.Header, drawnChallenge.ReplaceAllString(string(page), `"challenge":"SECRET"`), took}
}

var (
	drawnSecret    = regexp.MustCompile(`=[A-Za-z0-9_-]{43};`)
	drawnChallenge = regexp.MustCompile(`"challenge":"[A-Za-z0-9_-]{43}"`)
)

// TestRegister_IsNotToldApartBySigningIn has a stranger register an address and sign in
// with the password they chose: whether there was an account or not, on the page and
// by the API, the answers are the same.
func TestRegister_IsNotToldApartBySigningIn(t *testing.T) {
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			a := openAsker(t, open(t), nil)
			for _, q := range []struct{ path, body string }{
				{"/api/v1/auth/register", `{"email":%q,"password":"seven lanterns drift","name":"Cleo"}`},
				{"/api/v1/auth/login", `{"email":%q,"password":"seven lanterns drift"}`},
				{"/api/v1/auth/register", `{"email":%q,"password":"seven lanterns drift","name":"Cleo"}`},
				{"/login", "email=%s&password=seven+lanterns+drift"},
			} {
				new := a.ask(q.path, q.body, "newcomer@neoforge.test")
				for _, account := range []string{"verified@neoforge.test", "unproven@neoforge.test"} {
					have := a.ask(q.path, q.body, account)
					have.body = strings.ReplaceAll(have.body, account, "ADDRESS") // the form keeps what was typed
					want := new
					want.body = strings.ReplaceAll(want.body, "newcomer@neoforge.test", "ADDRESS")
					a.alike(have, want, account, "newcomer@neoforge.test")
				}
			}
		})
	}
}

// TestEnumeration_NoAnswerTellsWhoHasAnAccount compares, for everything a stranger may ask
// about an address, the answers about one with an account and one without: the same
// status, headers and body, and median times within a tenth of each other.
func TestEnumeration_NoAnswerTellsWhoHasAnAccount(t *testing.T) {
	hasher, err := passwords.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			a := openAsker(t, open(t), hasher)
			for range 12 { // what its limits ask about
				if _, err := a.app.SignInProgram(t.Context(), signin.SignInProgram{Email: "verified@neoforge.test", Password: fixture.Password, Device: fixture.Laptop}); err != nil {
					t.Fatal(err)
				}
			}
			for title, q := range map[string]struct{ path, body string }{
				"register":             {"/api/v1/auth/register", `{"email":%q,"password":"seven lanterns drift","name":"Cleo"}`},
				"forgot":               {"/api/v1/auth/password/forgot", `{"email":%q}`},
				"magic link":           {"/api/v1/auth/magic-link", `{"email":%q}`},
				"sign in":              {"/api/v1/auth/login", `{"email":%q,"password":"a wrong password"}`},
				"register on the page": {"/register", "email=%s&password=seven+lanterns+drift&name=Cleo"},
				"forgot on the page":   {"/forgot", "email=%s"},
				"a link on the page":   {"/login/link", "email=%s"},
			} {
				for _, account := range []string{"verified@neoforge.test", "unproven@neoforge.test"} {
					t.Run(title+", "+account, func(t *testing.T) {
						a.t = t
						a.compare(q.path, q.body, account)
					})
				}
			}
		})
	}
}

// spent is a limiter at which every account has had its mails.
type spent struct{ ratelimit.Limiter }

func (l spent) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if strings.HasPrefix(key, "identity.mail:") && strings.Contains(key, ":account:") {
		return ratelimit.Decision{RetryAfter: time.Minute}, nil
	}
	return l.Limiter.Allow(ctx, key, limit)
}

// TestSpentMails_TellNobodyWhoHasAnAccount compares the answers, as above, where an
// address got as many mails as it gets; they are those of the first time, too.
func TestSpentMails_TellNobodyWhoHasAnAccount(t *testing.T) {
	hasher, err := passwords.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			a := openAsker(t, open(t), hasher)
			for title, q := range map[string]struct{ path, body string }{
				"register":             {"/api/v1/auth/register", `{"email":%q,"password":"seven lanterns drift","name":"Cleo"}`},
				"forgot":               {"/api/v1/auth/password/forgot", `{"email":%q}`},
				"magic link":           {"/api/v1/auth/magic-link", `{"email":%q}`},
				"register on the page": {"/register", "email=%s&password=seven+lanterns+drift&name=Cleo"},
				"forgot on the page":   {"/forgot", "email=%s"},
				"a link on the page":   {"/login/link", "email=%s"},
			} {
				for _, account := range []string{"verified@neoforge.test", "unproven@neoforge.test"} {
					t.Run(title+", "+account, func(t *testing.T) {
						a.t = t
						a.limiter.Limiter = ratemem.New(a.clock)
						first := a.ask(q.path, q.body, account)
						a.limits = func() ratelimit.Limiter { return spent{ratemem.New(a.clock)} }
						a.limiter.Limiter = a.limits()
						a.alike(a.ask(q.path, q.body, account), first, account, account)
						a.compare(q.path, q.body, account)
						a.limits = nil
					})
				}
			}
		})
	}
}

// compare asks about an account and about nobody in turns, until the medians of one
// round lie within a tenth of each other. What other work on the machine adds falls
// on both alike in one round or another; a difference that the program makes is in
// every round.
func (a *asker) compare(path, body, account string) {
	a.t.Helper()
	const rounds, pairs = 20, 25
	var with, without time.Duration
	for range rounds {
		have, absent := make([]time.Duration, pairs), make([]time.Duration, pairs)
		for i := range pairs {
			one, other := a.pair(path, body, account)
			have[i], absent[i] = one.took, other.took
		}
		if testing.Short() {
			a.t.Log("times are compared without -short: nothing else may slow the program down unevenly")
			return
		}
		with, without = median(have), median(absent)
		if difference := with - without; difference.Abs() <= max(with, without)/10 {
			a.t.Logf("an account %v, nobody %v, of %d each", with, without, pairs)
			return
		}
	}
	a.t.Errorf("in each of %d rounds the medians of %d differ by more than a tenth; in the last an account takes %v, nobody %v", rounds, pairs, with, without)
}

// pair asks both, and changes who comes first with every pair.
func (a *asker) pair(path, body, account string) (one, other answer) {
	a.t.Helper()
	a.limiter.Limiter = ratemem.New(a.clock)
	if a.limits != nil {
		a.limiter.Limiter = a.limits()
	}
	a.next++
	nobody := fmt.Sprintf("nobody%04d@neoforge.test", a.next)
	if a.next%2 == 0 {
		one, other = a.ask(path, body, account), a.ask(path, body, nobody)
	} else {
		other, one = a.ask(path, body, nobody), a.ask(path, body, account)
	}
	a.alike(one, other, account, nobody)
	return one, other
}

func (a *asker) ask(path, body, email string) answer { return a.post(path, fmt.Sprintf(body, email)) }

func (a *asker) alike(one, other answer, account, nobody string) {
	a.t.Helper()
	if one.status != other.status || one.status >= http.StatusInternalServerError || one.status == http.StatusUnprocessableEntity {
		a.t.Fatalf("an account is answered %d, nobody %d:\n%s", one.status, other.status, other.body)
	}
	if !maps.EqualFunc(one.header, other.header, slices.Equal) {
		a.t.Fatalf("an account is answered with the headers\n%v\nnobody with\n%v", one.header, other.header)
	}
	if one.body != other.body {
		a.t.Fatalf("an account is answered\n%s\nnobody\n%s", one.body, other.body)
	}
	if strings.Contains(one.body, account) || strings.Contains(other.body, nobody) {
		a.t.Fatal("the answer repeats the address")
	}
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
