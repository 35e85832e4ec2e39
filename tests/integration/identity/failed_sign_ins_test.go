package identity_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// failedSignIns lists the failed sign-ins of the audit trail by what they were tried with.
func failedSignIns(t *testing.T, h *fixture.Room) map[string]audit.Entry {
	t.Helper()
	entries, err := h.Deps.Reads.AuditEntries(t.Context(), audit.Filter{Action: "identity.sign_in_failed"}, cursor.Position{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]audit.Entry{}
	for _, e := range entries {
		key := e.Detail + " at " + e.Resource + " from " + e.IP
		if _, twice := found[key]; twice {
			t.Errorf("%s has two entries", key)
		}
		found[key] = e
	}
	return found
}

func TestFailedSignIn_LeavesOneEntryThatCounts(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		now := h.Clock.Now()
		h.Clock.Advance(now.Truncate(time.Hour).Add(time.Hour + time.Minute).Sub(now)) // all within one hour
		cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		for _, typed := range []string{"cleo@neoforge.test", "cleo@neoforge.test", "cleo@neoforge.test", "nobody@neoforge.test", "their password", "other@neoforge.test"} {
			if _, err := h.SignInFrom(t.Context(), typed, "a wrong password", identity.Device{IP: "192.0.2.9"}); !errors.Is(err, identity.ErrInvalidCredentials) {
				t.Fatal(err)
			}
		}
		if _, err := h.SignInFrom(t.Context(), "cleo@neoforge.test", "a wrong password", identity.Device{IP: "192.0.2.10"}); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Fatal(err)
		}
		have := failedSignIns(t, h)
		for key, times := range map[string]int{
			"password at user:" + string(cleo.ID) + " from 192.0.2.9":  3,
			"password at user:" + string(cleo.ID) + " from 192.0.2.10": 0,
			"password at account:unknown from 192.0.2.9":               3,
		} {
			e, ok := have[key]
			if !ok || e.Times != times || e.Actor != "system" {
				t.Errorf("%s: %+v, want %d times", key, e, times)
			}
		}
		if len(have) != 3 {
			t.Errorf("%d entries: %v", len(have), have)
		}
		for key := range have {
			if strings.Contains(key, "@") || strings.Contains(key, "their password") {
				t.Errorf("%s keeps what was typed", key)
			}
		}
	})
}

// A network of IPv6 has 65,536 networks to guess from.
func TestFailedSignIn_LeavesFewEntriesHoweverManyNetworks(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		now := h.Clock.Now()
		h.Clock.Advance(now.Truncate(time.Hour).Add(time.Hour + time.Minute).Sub(now)) // all within one hour
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		for i := range 8 {
			for _, typed := range []string{"cleo@neoforge.test", fmt.Sprintf("nobody-%d@neoforge.test", i)} {
				from := identity.Device{IP: fmt.Sprintf("2001:db8:1:%x::9", i)}
				if typed != "cleo@neoforge.test" {
					from.IP = fmt.Sprintf("192.0.%d.9", i)
				}
				if _, err := h.SignInFrom(t.Context(), typed, "a wrong password", from); !errors.Is(err, identity.ErrInvalidCredentials) {
					t.Fatal(err)
				}
			}
		}
		have := failedSignIns(t, h)
		for key, e := range have {
			if e.Times != 8 {
				t.Errorf("%s: %d times", key, e.Times)
			}
		}
		if len(have) != 2 {
			t.Errorf("%d entries: %v", len(have), have)
		}
	})
}

func TestFailedSignIn_IsNotedForEveryMethod(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		h.MustAddTOTP(t, actor)
		challenge := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		_, err := h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: "000000"})
		fixture.MustFailWith(t, "a wrong code", err, identity.ErrCodeWrong)

		_, err = h.SignInWithLink(t.Context(), signin.SignInWithLink{Token: identity.NewSecret(), Device: fixture.Laptop})
		fixture.MustFailWith(t, "a wrong link", err, identity.ErrInvalidLink)

		_, err = h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
			Provider: "acme", BrowserSecret: identity.NewSecret(), Params: url.Values{"state": {"forged"}}, Device: fixture.Laptop,
		})
		fixture.MustFailWith(t, "a forged answer of a provider", err, identity.ErrFlowUnknown)

		browser := h.MustAskCode(t, "cleo@neoforge.test")
		code, _ := h.MustMailedCode(t, "cleo@neoforge.test")
		_, err = h.TypeCode(t, browser, fixture.AnotherCode(code))
		fixture.MustFailWith(t, "a wrong code of a mail", err, identity.ErrMailCodeWrong)

		begun, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: []byte("{}"), Device: fixture.Laptop})
		fixture.MustFailWith(t, "a passkey that proves nothing", err, identity.ErrPasskeyInvalid)

		have := failedSignIns(t, h)
		for _, key := range []string{
			"second factor at user:" + string(actor.UserID), "magic link at account:unknown", "mail code at user:" + string(actor.UserID), "provider acme at account:unknown", "passkey at account:unknown",
		} {
			if _, ok := have[key+" from "+fixture.Laptop.IP]; !ok {
				t.Errorf("%s is not noted: %v", key, have)
			}
		}
	})
}
