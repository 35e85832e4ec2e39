//go:build !release

package identitydev_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp/identitydev"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

func site(t *testing.T) fiberhttptest.Client {
	t.Helper()
	provider, err := devidp.New(devidp.Config{
		BaseURL: fiberhttptest.BaseURL, Secret: []byte(strings.Repeat("s", 32)), Clock: clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)),
		People: func(context.Context) ([]devidp.Person, error) {
			return []devidp.Person{{Name: "Cleo", Email: "cleo@forge.test", Note: "reads"}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := identitydev.Register(s, identitydev.Deps{Provider: provider}); err != nil {
		t.Fatal(err)
	}
	return fiberhttptest.Serve(t, s)
}

func TestDevelopmentProvider_IsServedWithItsPageOfPeople(t *testing.T) {
	t.Parallel()
	c := site(t)
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
}
