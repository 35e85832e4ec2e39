package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// onLimiters runs a story on SQLite with limits in memory, and on Postgres with limits
// in Redis.
func onLimiters(t *testing.T, story func(t *testing.T, h *fixture.Room)) {
	t.Run("sqlite and memory", func(t *testing.T) {
		t.Parallel()
		story(t, fixture.NewRoom(t, fixture.Databases["sqlite"](t)))
	})
	t.Run("postgres and redis", func(t *testing.T) {
		t.Parallel()
		h := fixture.NewRoom(t, fixture.Databases["postgres"](t))
		client, err := redisstore.Open(t.Context(), harness.Redis(t), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
		h.Limiter.Limiter = ratestore.New(client, ratemem.New(h.Clock))
		story(t, h)
	})
}

// besiege has strangers guess at an account from many networks until they are limited.
func besiege(t *testing.T, h *fixture.Room, email string) {
	t.Helper()
	limited := false
	for i := range 12 {
		_, err := h.SignInFrom(t.Context(), email, "a wrong password", identity.Device{IP: fmt.Sprintf("198.51.100.%d", i)})
		limited = errors.Is(err, identity.ErrTooManyAttempts)
		if !limited && !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if !limited {
		t.Fatal("the twelfth wrong guess of strangers is not limited")
	}
}

func TestSignIn_StaysOpenToKnownBrowsersWhileStrangersGuess(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		home := identity.Device{UserAgent: "Firefox", IP: "203.0.113.7"}
		in, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, home)
		if err != nil || in.Device == "" {
			t.Fatalf("%+v, %v", in, err)
		}
		bens, err := h.SignInFrom(t.Context(), "ben@neoforge.test", fixture.Password, identity.Device{IP: "203.0.113.99"})
		if err != nil {
			t.Fatal(err)
		}
		besiege(t, h, "cleo@neoforge.test")

		elsewhere := "192.0.2.44"
		for what, d := range map[string]identity.Device{
			"no cookie":              {IP: elsewhere},
			"a forged cookie":        {IP: elsewhere, Token: "Zm9yZ2Vk.Zm9yZ2Vk"},
			"somebody else's cookie": {IP: elsewhere, Token: bens.Device},
			"a changed cookie":       {IP: elsewhere, Token: in.Device[:len(in.Device)-2] + "AA"},
		} {
			if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, d); !errors.Is(err, identity.ErrTooManyAttempts) {
				t.Errorf("a stranger with %s: %v", what, err)
			}
		}
		known := identity.Device{IP: elsewhere, Token: in.Device}
		if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, known); err != nil {
			t.Errorf("the browser that she signed in by: %v", err)
		}
		if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{IP: home.IP}); err != nil {
			t.Errorf("the network that she signed in from: %v", err)
		}

		// What is known is limited too, by itself.
		limited := 0
		for range 12 {
			if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", "a wrong password", known); errors.Is(err, identity.ErrTooManyAttempts) {
				limited++
			}
		}
		if limited != 2 {
			t.Errorf("%d of 12 wrong guesses with the device cookie were limited, want 2", limited)
		}
		if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, home); err != nil {
			t.Errorf("her network, after guesses by a stolen cookie: %v", err)
		}
	})
}

func TestDeviceCookie_EndsWithSignOutEverywhereAndReset(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		for email, end := range map[string]func(now identity.Actor) error{
			"cleo@neoforge.test": func(now identity.Actor) error {
				_, err := h.RevokeOtherSessions(t.Context(), now)
				return err
			},
			"ben@neoforge.test": func(identity.Actor) error {
				h.MustForgetPassword(t, "ben@neoforge.test")
				return h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "ben@neoforge.test"), "/reset"), fixture.Password)
			},
		} {
			h.MustCreate(t, email, identityport.RoleMember, true)
			lost, err := h.SignInFrom(t.Context(), email, fixture.Password, identity.Device{IP: "203.0.113.7"})
			if err != nil {
				t.Fatal(err)
			}
			now, err := h.SignInFrom(t.Context(), email, fixture.Password, identity.Device{IP: "203.0.113.8"})
			if err != nil {
				t.Fatal(err)
			}
			if err := end(h.MustActor(t, now.Secret)); err != nil {
				t.Fatal(err)
			}
			besiege(t, h, email)
			if _, err := h.SignInFrom(t.Context(), email, fixture.Password, identity.Device{IP: "192.0.2.44", Token: lost.Device}); !errors.Is(err, identity.ErrTooManyAttempts) {
				t.Errorf("%s: the cookie of a browser that was signed out: %v", email, err)
			}
		}
	})
}

func TestAskedMails_LeaveTheOwnersBrowserItsOwn(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{IP: "203.0.113.7"})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(address string, token identity.Secret) error {
			return h.SendMagicLink(t.Context(), signin.AskedByMail{Email: "cleo@neoforge.test", IP: address, Token: token})
		}
		h.MustDeliver(t)
		for i := range 8 {
			if err := ask(fmt.Sprintf("198.51.100.%d", i), ""); err != nil {
				t.Fatalf("mail %d: %v", i+1, err)
			}
		}
		if sent := h.MustDeliver(t); len(sent) != 6 {
			t.Fatalf("%d mails for strangers, want 6", len(sent))
		}
		if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", fixture.Password, identity.Device{IP: "192.0.2.44"}); err != nil {
			t.Errorf("a sign-in by password after five mails: %v", err)
		}
		h.MustDeliver(t) // of a new device
		if err := ask("192.0.2.45", in.Device); err != nil {
			t.Errorf("her browser: %v", err)
		}
		if err := ask("203.0.113.7", ""); err != nil {
			t.Errorf("her network: %v", err)
		}
		if sent := h.MustDeliver(t); len(sent) != 2 {
			t.Errorf("her browser and her network got %d mails, want 2", len(sent))
		}
	})
}

func TestRightPasswords_AreNotLimited(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		for i := range 100 {
			address := fmt.Sprintf("203.0.113.%d", i%2)
			if _, err := h.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: identity.Device{IP: address}}); err != nil {
				t.Fatalf("sign-in %d: %v", i+1, err)
			}
		}
		besiege(t, h, "cleo@neoforge.test")
	})
}

func TestConfirm_IsLimitedByItsSessionAlone(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		besiege(t, h, "cleo@neoforge.test")
		actor.IP = "192.0.2.44"
		wrong := account.Confirm{Actor: actor, Password: "a wrong password"}
		for i := range 10 {
			if _, err := h.Confirm(t.Context(), wrong); !errors.Is(err, identity.ErrInvalidCredentials) {
				t.Fatalf("guess %d: %v", i+1, err)
			}
		}
		if _, err := h.Confirm(t.Context(), wrong); !errors.Is(err, identity.ErrTooManyAttempts) {
			t.Errorf("the eleventh guess of a session: %v", err)
		}
	})
}

// TestDeviceCookie_IsLeftByTheSignInPage signs in on the page, has strangers use up what
// the account has, and comes back from another browser with and without the cookie.
func TestDeviceCookie_IsLeftByTheSignInPage(t *testing.T) {
	t.Parallel()
	h := fixture.NewRoom(t, fixture.Databases["sqlite"](t))
	site := fixture.ServeIdentity(t, h.Identity)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	post := func(cookie *http.Cookie) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/login", strings.NewReader("email=cleo@neoforge.test&password="+fixture.Password))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if cookie != nil {
			req.AddCookie(cookie)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return res
	}
	var device *http.Cookie
	for _, c := range post(nil).Cookies() {
		if c.Name == "device" {
			device = c
		}
	}
	if device == nil || !device.HttpOnly || device.SameSite != http.SameSiteLaxMode || device.MaxAge != int(identity.DeviceTokenTTL.Seconds()) {
		t.Fatalf("the device cookie is %+v", device)
	}
	besiege(t, h, "cleo@neoforge.test")
	// Her sessions are gone, and with them the network that she is known on.
	if err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		_, err := s.Sessions.DeleteEnded(ctx, h.Clock.Now().Add(2*identity.SessionAbsolute), 100)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if res := post(nil); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("without the cookie: %d", res.StatusCode)
	}
	if res := post(device); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with the cookie: %d", res.StatusCode)
	}
}
