package stories_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// reply is what the site answered.
type reply struct {
	status      int
	after       string // Retry-After
	contentType string
	body        string
	err         error
}

// flooded is a site of eight places for passwords, of which strangers get six.
type flooded struct {
	*program.Program
	t      *testing.T
	hasher *fixture.HeldHasher
	admin  string
	n      int // passwords that were made up
	// refused are those that the test saw.
	refusedStrangers, refusedKnown int
}

func (f *flooded) ask(ctx context.Context, c *http.Client, method, path, contentType, body string) reply {
	r, err := http.NewRequestWithContext(ctx, method, f.URL+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a, err := c.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = a.Body.Close() }()
	out, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header.Get("Retry-After"), a.Header.Get("Content-Type"), string(out), err}
}

func (f *flooded) form(c *http.Client, path string, fields url.Values) reply {
	return f.ask(f.t.Context(), c, "POST", path, "application/x-www-form-urlencoded", fields.Encode())
}

func (f *flooded) api(c *http.Client, method, path, body string) reply {
	return f.ask(f.t.Context(), c, method, "/api/v1"+path, "application/json", body)
}

// password makes up one that nobody has.
func (f *flooded) password() string {
	f.n++
	return fmt.Sprintf("a guess of number %d", f.n)
}

// waits has a request come to the hasher, and returns where its answer will be.
func (f *flooded) waits(who, password string, send func() reply) <-chan reply {
	f.t.Helper()
	answer := make(chan reply, 1)
	go func() { answer <- send() }()
	select {
	case have := <-f.hasher.Arrived:
		if have != password {
			f.t.Fatalf("%s: %q came to the hasher, want %q", who, have, password)
		}
	case have := <-answer:
		f.t.Fatalf("%s did not wait: %d %v %.300s", who, have.status, have.err, have.body)
	}
	return answer
}

// loginOfStranger is a sign-in by a browser that the site has never seen.
func (f *flooded) loginOfStranger(ctx context.Context, password string) reply {
	fields := url.Values{"email": {"nobody@neoforge.test"}, "password": {password}, "return_to": {"/pricing"}}
	return f.ask(ctx, &http.Client{CheckRedirect: stay}, "POST", "/login", "application/x-www-form-urlencoded", fields.Encode())
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// busyPage checks the form of somebody for whom there was no place.
func (f *flooded) busyPage(what string, have reply, password string, shows ...string) {
	f.t.Helper()
	if have.status != 503 || have.after != "5" || !strings.Contains(have.body, "Try again in a few seconds.") {
		f.t.Errorf("%s: %d, Retry-After %q, %v: %.600s", what, have.status, have.after, have.err, have.body)
	}
	if strings.Contains(have.body, password) {
		f.t.Errorf("%s: the page repeats the password", what)
	}
	for _, text := range append(shows, `type="password"`) {
		if !strings.Contains(have.body, text) {
			f.t.Errorf("%s: the page does not have %s", what, text)
		}
	}
}

func (f *flooded) busyProblem(what string, have reply) {
	f.t.Helper()
	if have.status != 503 || have.after != "5" || have.contentType != "application/problem+json" || !strings.Contains(have.body, `"code":"identity.busy"`) || !strings.Contains(have.body, "Try again in a few seconds.") {
		f.t.Errorf("%s: %d %s, Retry-After %q, %v: %.600s", what, have.status, have.contentType, have.after, have.err, have.body)
	}
}

// TestPasswordFlood_KeepsNoMemberOut fills what strangers may have of the queue of
// password hashing, and then has members come.
func TestPasswordFlood_KeepsNoMemberOut(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hasher := fixture.NewHeldHasher()
			admin := fmt.Sprintf("127.0.0.1:%d", harness.Port(t))
			f := &flooded{t: t, hasher: hasher, admin: admin, Program: program.Start(t, program.Options{
				DatabaseURL: database(t), Environ: []string{"ADMIN_ADDR=" + admin, "RATE_LIMIT=off"},
				Modules: []wire.Module{wire.IdentityWith(wire.IdentityOptions{Passwords: hasher, PasswordsAtOnce: 8}), wire.Billing, wire.Content},
			})}
			f.run()
		})
	}
}

func (f *flooded) run() {
	t := f.t
	ada, cleo := f.SignedIn(t, "ada@neoforge.test"), f.SignedIn(t, "cleo@neoforge.test")
	ben := f.SignedIn(t, "ben@neoforge.test")
	for _, c := range []*http.Client{ada, ben, cleo} {
		c.CheckRedirect = stay
	}
	if have := f.form(cleo, "/logout", nil); have.status != 303 {
		t.Fatalf("sign out: %d %v", have.status, have.err)
	}
	visitor := &http.Client{CheckRedirect: stay}
	read := func(when string) {
		t.Helper()
		if have := f.ask(t.Context(), visitor, "GET", "/posts", "", ""); have.status != 200 {
			t.Errorf("a visitor reads %s: %d %v", when, have.status, have.err)
		}
	}
	read("before")

	letGo := f.hasher.Hold()
	t.Cleanup(letGo)
	var strangers []<-chan reply
	for range 3 {
		password := f.password()
		strangers = append(strangers, f.waits("a stranger", password, func() reply { return f.loginOfStranger(t.Context(), password) }))
	}
	leaving, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	goes := f.password()
	left := f.waits("a stranger who goes", goes, func() reply { return f.loginOfStranger(leaving, goes) })
	program, registered := f.password(), f.password()
	strangers = append(strangers, f.waits("a program", program, func() reply {
		return f.api(visitor, "POST", "/auth/login", `{"email":"nobody@neoforge.test","password":"`+program+`"}`)
	}))
	newcomer := f.waits("somebody who registers", registered, func() reply {
		return f.form(visitor, "/register", url.Values{"name": {"Newcomer"}, "email": {"newcomer@example.com"}, "password": {registered}})
	})

	f.strangersAreRefused(visitor)
	read("while strangers wait")

	hangUp()
	if have := <-left; !errors.Is(have.err, context.Canceled) {
		t.Errorf("who went got %d %v", have.status, have.err)
	}
	if have := <-f.hasher.Gone; have != goes {
		t.Errorf("the request of %q ended, want %q", have, goes)
	}
	strangers = append(strangers, f.nextStranger())

	again := f.waits("a browser that was signed in before", sample.Password, func() reply {
		return f.form(cleo, "/login", url.Values{"email": {"cleo@neoforge.test"}, "password": {sample.Password}})
	})
	chosen := f.password()
	changed := f.waits("somebody who is signed in", chosen, func() reply {
		return f.form(ada, "/account/password", url.Values{"password": {chosen}})
	})
	f.membersAreRefused(ben)
	read("while everybody waits")

	letGo()
	for i, answer := range strangers {
		if have := <-answer; have.status != 401 {
			t.Errorf("stranger %d: %d %v %.300s", i+1, have.status, have.err, have.body)
		}
	}
	for what, have := range map[string]reply{"who registers": <-newcomer, "who was signed in before": <-again, "who changes their password": <-changed} {
		if have.status != 303 {
			t.Errorf("%s: %d %v %.300s", what, have.status, have.err, have.body)
		}
	}
	if have := f.ask(t.Context(), cleo, "GET", "/account", "", ""); have.status != 200 {
		t.Errorf("cleo is not signed in: %d", have.status)
	}
	if f.hasher.Looked(goes) {
		t.Error("the password of who went was hashed")
	}
	f.operatorSees()
}

// nextStranger comes once there is a place again.
func (f *flooded) nextStranger() <-chan reply {
	for {
		password, answer := f.password(), make(chan reply, 1)
		go func() { answer <- f.loginOfStranger(f.t.Context(), password) }()
		select {
		case <-f.hasher.Arrived:
			return answer
		case have := <-answer: // the place was not given back yet
			if have.status != 503 {
				f.t.Fatalf("a stranger: %d %v", have.status, have.err)
			}
			f.refusedStrangers++
		}
	}
}

func (f *flooded) strangersAreRefused(visitor *http.Client) {
	secret := f.password()
	f.busyPage("/login", f.loginOfStranger(f.t.Context(), secret), secret, `value="nobody@neoforge.test"`, `name="return_to" value="/pricing"`)
	f.busyPage("/register", f.form(visitor, "/register", url.Values{"name": {"Some Body"}, "email": {"body@example.com"}, "password": {secret}, "news": {"yes"}}), secret,
		`value="Some Body"`, `value="body@example.com"`, ` checked`)
	f.busyPage("/reset", f.form(visitor, "/reset", url.Values{"token": {"of-the-mail"}, "password": {secret}}), secret, `name="token" value="of-the-mail"`)
	f.busyPage("/verify-email", f.form(visitor, "/verify-email", url.Values{"token": {"of-the-mail"}, "password": {secret}}), secret, `name="token" value="of-the-mail"`)
	f.busyProblem("auth/login", f.api(visitor, "POST", "/auth/login", `{"email":"nobody@neoforge.test","password":"`+secret+`"}`))
	f.busyProblem("auth/register", f.api(visitor, "POST", "/auth/register", `{"email":"body@example.com","name":"Some Body","password":"`+secret+`"}`))
	f.busyProblem("auth/password/reset", f.api(visitor, "POST", "/auth/password/reset", `{"token":"of-the-mail","password":"`+secret+`"}`))
	f.busyProblem("auth/verify-email", f.api(visitor, "POST", "/auth/verify-email", `{"token":"of-the-mail","password":"`+secret+`"}`))
	f.refusedStrangers += 8
	// What hashes nothing needs no place, and is answered as ever.
	if have := f.api(visitor, "POST", "/auth/verify-email", `{"token":"of-the-mail"}`); have.status != 422 && have.status != 404 {
		f.t.Errorf("a link without a password: %d %.300s", have.status, have.body)
	}
	if f.hasher.Looked(secret) {
		f.t.Error("the password of who was refused was hashed")
	}
}

// membersAreRefused is once their places are taken, too.
func (f *flooded) membersAreRefused(ben *http.Client) {
	secret := f.password()
	f.busyPage("/account/password", f.form(ben, "/account/password", url.Values{"password": {secret}, "current": {secret}}), secret, `action="/account/password"`, "Ben")
	f.busyPage("/confirm", f.form(ben, "/confirm", url.Values{"password": {secret}, "return_to": {"/account/security"}}), secret, `name="return_to" value="/account/security"`)
	f.busyProblem("me/password", f.api(ben, "PUT", "/me/password", `{"password":"`+secret+`"}`))
	f.busyProblem("me/confirm", f.api(ben, "POST", "/me/confirm", `{"password":"`+secret+`"}`))
	f.refusedKnown += 4
	if have := f.api(ben, "POST", "/me/confirm", `{"code":"000000"}`); have.status == 503 {
		f.t.Errorf("a code needs no place: %d %.300s", have.status, have.body)
	}
}

// operatorSees looks at the metrics, and for the line of the log.
func (f *flooded) operatorSees() {
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, "http://"+f.admin+"/metrics", http.NoBody)
	if err != nil {
		f.t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	scrape, err := io.ReadAll(a.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("neoforge_password_requests_refused_total{from=\"strangers\"} %d\n", f.refusedStrangers),
		fmt.Sprintf("neoforge_password_requests_refused_total{from=\"known\"} %d\n", f.refusedKnown), "neoforge_password_requests 0\n",
	} {
		if !strings.Contains(string(scrape), want) {
			f.t.Errorf("the scrape does not have %s", want)
		}
	}
	file := filepath.Join(f.t.TempDir(), "log")
	if err := f.KeepLog(file); err != nil {
		f.t.Fatal(err)
	}
	log, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	if !strings.Contains(string(log), "requests with a password are refused") {
		f.t.Error("the log does not say that requests are refused")
	}
}
