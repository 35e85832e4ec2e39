//go:build !release

package billingdev_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp/billingdev"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// sandbox knows one checkout.
type sandbox struct {
	settled []string
	err     error
}

func (*sandbox) checkout() billingdev.Checkout {
	return billingdev.Checkout{
		ID: "c1", PlanName: "Pro", Interval: billing.Monthly, Money: billing.Money{Amount: 1200, Currency: "EUR"},
		Email: "cleo@forge.test", ReturnURL: fiberhttptest.BaseURL + "/billing",
	}
}

var errToken = fault.New(fault.NotFound, "sandbox.token", "There is no such checkout.")

var errReplaced = errors.Join(fault.New(fault.NotFound, "sandbox.closed", "Another one took its place."), billingdev.ErrCheckoutOver)

func (s *sandbox) Open(_ context.Context, token string) (billingdev.Checkout, error) {
	if token == "token.over" {
		return s.checkout(), errReplaced
	}
	if token != "token.one" {
		return billingdev.Checkout{}, errToken
	}
	return s.checkout(), nil
}

func (s *sandbox) Settle(_ context.Context, token, outcome string) (billingdev.Checkout, error) {
	if token == "token.over" {
		return s.checkout(), errReplaced
	}
	if token != "token.one" {
		return billingdev.Checkout{}, errToken
	}
	s.settled = append(s.settled, outcome)
	return s.checkout(), s.err
}

func site(t *testing.T) (*sandbox, fiberhttptest.Client) {
	t.Helper()
	pay := &sandbox{}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := billingdev.Register(s, billingdev.Deps{Payments: pay}); err != nil {
		t.Fatal(err)
	}
	return pay, fiberhttptest.Serve(t, s)
}

func TestPaymentSandbox_TakesAnOutcomeFromPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	pay, c := site(t)
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
	pay, c := site(t)
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
