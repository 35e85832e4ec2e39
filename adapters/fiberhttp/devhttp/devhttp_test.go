//go:build !release

package devhttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/devhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// sandbox knows one checkout.
type sandbox struct {
	due     int
	settled []string
	err     error
}

func (*sandbox) checkout() devhttp.Checkout {
	return devhttp.Checkout{
		ID: "c1", PlanName: "Pro", Interval: billing.Monthly, Money: billing.Money{Amount: 1200, Currency: "EUR"},
		Email: "cleo@forge.test", ReturnURL: fiberhttptest.BaseURL + "/billing",
	}
}

var errToken = fault.New(fault.NotFound, "sandbox.token", "There is no such checkout.")

var errReplaced = errors.Join(fault.New(fault.NotFound, "sandbox.closed", "Another one took its place."), devhttp.ErrCheckoutOver)

func (s *sandbox) Open(_ context.Context, token string) (devhttp.Checkout, error) {
	if token == "token.over" {
		return s.checkout(), errReplaced
	}
	if token != "token.one" {
		return devhttp.Checkout{}, errToken
	}
	return s.checkout(), nil
}

func (s *sandbox) Settle(_ context.Context, token, outcome string) (devhttp.Checkout, error) {
	if token == "token.over" {
		return s.checkout(), errReplaced
	}
	if token != "token.one" {
		return devhttp.Checkout{}, errToken
	}
	s.settled = append(s.settled, outcome)
	return s.checkout(), s.err
}

// comesDue is what happens when the clock was moved.
func (s *sandbox) comesDue(context.Context) error {
	s.due++
	return nil
}

func site(t *testing.T) (*sandbox, *clock.Adjustable, fiberhttptest.Client) {
	t.Helper()
	now := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)))
	provider, err := devidp.New(devidp.Config{
		BaseURL: fiberhttptest.BaseURL, Secret: []byte(strings.Repeat("s", 32)), Clock: now,
		People: func(context.Context) ([]devidp.Person, error) {
			return []devidp.Person{{Name: "Cleo", Email: "cleo@forge.test", Note: "reads"}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	pay := &sandbox{}
	mails := func(to string) []devhttp.Mail {
		all := []devhttp.Mail{{ID: "l1", To: "cleo@forge.test", Subject: "<Hello>", Text: "Text", HTML: "<p>Text</p>", SentAt: now.Now()}}
		if abroad := "dora@xn--mnchen-3ya.test"; to == abroad {
			return []devhttp.Mail{{ID: "l3", To: abroad, Subject: "Abroad", SentAt: now.Now()}}
		}
		if to != "" && to != all[0].To {
			return nil
		}
		return all
	}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := devhttp.Register(s, devhttp.Deps{Mails: mails, Provider: provider, Payments: pay, Clock: now, Advanced: pay.comesDue, Password: "p"}); err != nil {
		t.Fatal(err)
	}
	return pay, now, fiberhttptest.Serve(t, s)
}

func TestMailbox_IsForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	want := `[{"id":"l1","to":"cleo@forge.test","subject":"\u003cHello\u003e","text":"Text","html":"\u003cp\u003eText\u003c/p\u003e","sent_at":"2026-03-01T09:00:00Z"}]`
	if a := c.Get("/dev/mailbox.json?to=cleo@forge.test", ""); a.Body != want {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/dev/mailbox.json?to=nobody@forge.test", ""); a.Body != "[]" {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/dev/mailbox", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "/dev/mailbox/l1") || strings.Contains(a.Body, "<Hello>") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/dev/mailbox/l1", ""); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/dev/mailbox/l2", ""); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestMailbox_FindsAndSaysAnAddressAsItIsRead(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	for _, typed := range []string{"dora@münchen.test", "Dora@MÜNCHEN.test", " dora@xn--mnchen-3ya.test "} {
		to := "?to=" + url.QueryEscape(typed)
		if a := c.Get("/dev/mailbox"+to, ""); a.StatusCode != 200 || !strings.Contains(a.Body, "To dora@münchen.test") || strings.Contains(a.Body, "To dora@xn--") {
			t.Errorf("%q: %d", typed, a.StatusCode)
		}
		if a := c.Get("/dev/mailbox.json"+to, ""); !strings.Contains(a.Body, `"to":"dora@xn--mnchen-3ya.test"`) {
			t.Errorf("%q: %s", typed, a.Body)
		}
	}
}

func TestPaymentSandbox_TakesAnOutcomeFromPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	pay, _, c := site(t)
	const path = "/dev/sandbox/checkout/token.one"
	if a := c.Get(path, ""); a.StatusCode != 200 || !strings.Contains(a.Body, `action="`+path+`"`) || !strings.Contains(a.Body, "Pro") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit(path, "cleo", url.Values{"outcome": {"paid"}}); a.StatusCode != 303 || a.Header.Get("Location") != fiberhttptest.BaseURL+"/billing" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := c.Submit(path, "", url.Values{"outcome": {"declined"}}); a.StatusCode != 402 {
		t.Errorf("%d", a.StatusCode)
	}
	program := func(body string) fiberhttptest.Answer {
		return c.Do("POST", path, body, "Content-Type", "application/json")
	}
	if a := program(`{"outcome":"abandoned"}`); a.StatusCode != 200 || a.Body != `{"return_url":"http://forge.test/billing"}` {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if got := strings.Join(pay.settled, " "); got != "paid declined abandoned" {
		t.Errorf("settled %s", got)
	}
	for _, body := range []string{`{"outcome":"stolen"}`, `{}`, `nonsense`} {
		if a := program(body); a.StatusCode != 422 || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
	if a := c.Do("POST", path, `{"outcome":"paid"}`, "Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Errorf("from another site: %d", a.StatusCode)
	}
	if a := c.Get("/dev/sandbox/checkout/other", ""); a.StatusCode != 404 {
		t.Errorf("another token: %d", a.StatusCode)
	}
	pay.err = fault.New(fault.Unavailable, "sandbox.undelivered", "Not accepted.")
	if a := c.Submit(path, "", url.Values{"outcome": {"paid"}}); a.StatusCode != 502 || !strings.Contains(a.Body, "Try again") {
		t.Errorf("undelivered: %d", a.StatusCode)
	}
}

func TestCheckout_SaysThatItIsOver(t *testing.T) {
	t.Parallel()
	pay, _, c := site(t)
	const path = "/dev/sandbox/checkout/token.over"
	for name, a := range map[string]fiberhttptest.Answer{
		"opened": c.Get(path, ""), "paid": c.Submit(path, "cleo", url.Values{"outcome": {"paid"}}),
	} {
		if a.StatusCode != 410 || !strings.Contains(a.Body, "This checkout is over") || !strings.Contains(a.Body, "Another one took its place.") ||
			!strings.Contains(a.Body, `href="`+fiberhttptest.BaseURL+`/billing"`) || strings.Contains(a.Body, "There is nothing here") {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Body)
		}
	}
	if a := c.Do("POST", path, `{"outcome":"paid"}`, "Content-Type", "application/json"); a.StatusCode != 404 || !strings.Contains(a.Body, "sandbox.closed") {
		t.Errorf("a program: %d %s", a.StatusCode, a.Body)
	}
	if len(pay.settled) != 0 {
		t.Errorf("settled %v", pay.settled)
	}
}

func TestClockPage_MovesForwardOnly(t *testing.T) {
	t.Parallel()
	pay, now, c := site(t)
	before := now.Now()
	a := c.Do("POST", "/dev/clock", `{"advance":"720h"}`, "Content-Type", "application/json")
	if a.StatusCode != 200 || a.Body != `{"now":"2026-03-31T09:00:00Z"}` || now.Now().Sub(before) != 720*time.Hour {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	for _, body := range []string{`{"advance":"-1h"}`, `{"advance":"0s"}`, `{"advance":"soon"}`, `{}`, ``} {
		if a := c.Do("POST", "/dev/clock", body); a.StatusCode != 422 {
			t.Errorf("%q: %d", body, a.StatusCode)
		}
	}
	if pay.due != 1 {
		t.Errorf("what came due was done %d times", pay.due)
	}
}

func TestDevelopmentProvider_IsServedWithItsPageOfPeople(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	var metadata struct{ Issuer string }
	a := c.Get("/dev/idp/.well-known/openid-configuration", "")
	if err := json.Unmarshal([]byte(a.Body), &metadata); err != nil || metadata.Issuer != fiberhttptest.BaseURL+"/dev/idp" {
		t.Fatalf("%v %d %s", err, a.StatusCode, a.Body)
	}
	query := url.Values{
		"client_id": {"neoforge"}, "redirect_uri": {fiberhttptest.BaseURL + "/auth/dev/callback"}, "response_type": {"code"}, "scope": {"openid email"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	start := c.Get("/dev/idp/authorize?"+query.Encode(), "")
	page := strings.TrimPrefix(start.Header.Get("Location"), fiberhttptest.BaseURL)
	if start.StatusCode/100 != 3 || !strings.HasPrefix(page, "/dev/idp/login?request=") {
		t.Fatalf("%d %q", start.StatusCode, page)
	}
	people := c.Get(page, "")
	if people.StatusCode != 200 || !strings.Contains(people.Body, "cleo@forge.test") {
		t.Fatalf("%d", people.StatusCode)
	}
	request := strings.TrimPrefix(page, "/dev/idp/login?request=")
	request, err := url.QueryUnescape(request)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Submit("/dev/idp/login", "", url.Values{"request": {request}, "email": {"nobody@forge.test"}}); a.StatusCode != 422 || !strings.Contains(a.Body, "Choose one of the people") {
		t.Errorf("nobody: %d", a.StatusCode)
	}
	chosen := c.Submit("/dev/idp/login", "", url.Values{"request": {request}, "email": {"cleo@forge.test"}})
	next := strings.TrimPrefix(chosen.Header.Get("Location"), fiberhttptest.BaseURL)
	if chosen.StatusCode != 303 || !strings.HasPrefix(next, "/dev/idp/authorize/callback?id=") {
		t.Fatalf("%d %q", chosen.StatusCode, next)
	}
	back := c.Get(next, "")
	if to := back.Header.Get("Location"); !strings.HasPrefix(to, fiberhttptest.BaseURL+"/auth/dev/callback?") || !strings.Contains(to, "state=s") {
		t.Errorf("%d %q", back.StatusCode, to)
	}
	if a := c.Get("/dev", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "/dev/mailbox") {
		t.Errorf("the index: %d", a.StatusCode)
	}
	if a := c.Get("/dev/routes", ""); a.StatusCode != 200 || !strings.Contains(a.Body, `"path": "/dev/clock"`) {
		t.Errorf("the routes: %d", a.StatusCode)
	}
}
