package identityapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

func TestNew_NamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := identityapp.New(identityapp.Deps{BaseURL: "https://site.example"})
	if err == nil {
		t.Fatal("nothing is missing")
	}
	for _, name := range []string{"UnitOfWork", "Reads", "Hasher", "Tokens", "Policy", "Cache", "Limiter", "Mail", "Clock", "IDs", "SiteName"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "BaseURL") || errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("names too much: %v", err)
	}
}

// unasked is everything that the rooms need, and whatever is asked of it ends the test:
// there is nothing behind the interfaces.
func unasked(hasher identity.PasswordHasher, now clock.Clock) identityapp.Deps {
	return identityapp.Deps{
		UnitOfWork: struct{ identity.UnitOfWork }{}, Reads: struct{ identity.Reads }{}, Hasher: hasher,
		Tokens: struct{ identity.AccessTokens }{}, Sealer: struct{ identity.Sealer }{}, TimeCodes: struct{ identity.TimeCodes }{},
		Ceremonies: struct{ identity.PasskeyCeremonies }{}, Policy: identity.Policy{}, Cache: struct{ cache.Cache }{},
		Limiter: struct{ ratelimit.Limiter }{}, Mail: struct{ mail.Sender }{}, Templates: &mailtemplate.Templates{}, Clock: now, IDs: struct{ idgen.Generator }{},
		BaseURL: "https://site.example", SiteName: "NeoForge", Pictures: struct{ identity.AvatarMaker }{},
		Explainers: func() []identityport.Explainer { return nil },
		Exporters:  func() []identity.Exporter { return nil }, PasswordsAtOnce: 1,
	}
}

// countedHasher counts, and refuses nothing.
type countedHasher struct{ asked int }

func (h *countedHasher) Hash(context.Context, string) (string, error) { h.asked++; return "hash", nil }

func (h *countedHasher) Rehash(context.Context, string) (string, error) {
	h.asked++
	return "hash", nil
}

func (h *countedHasher) Verify(context.Context, string, string) (identity.PasswordMatch, error) {
	h.asked++
	return identity.PasswordRight, nil
}

// Every way to the hasher leads through the gate, and is refused before anything else is
// asked: the rooms of this test have no store and no limiter.
func TestAdmitPassword_StandsBeforeEveryHash(t *testing.T) {
	t.Parallel()
	now := clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	h := &countedHasher{}
	rooms, err := identityapp.New(unasked(h, now))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, _, err := rooms.SignIn.AdmitPassword(ctx, "", identity.Actor{}); err != nil {
		t.Fatal(err)
	}
	signedIn := identity.Actor{UserID: "cleo", SessionID: "one", AuthenticatedAt: now.Now()}
	for name, do := range map[string]func() error{
		"a sign-in in a browser": func() error { _, err := rooms.SignIn.SignInWithPassword(ctx, signin.SignInWithPassword{}); return err },
		"a program's sign-in":    func() error { _, err := rooms.SignIn.SignInProgram(ctx, signin.SignInProgram{}); return err },
		"a confirmation":         func() error { _, err := rooms.Account.Confirm(ctx, account.Confirm{Actor: signedIn}); return err },
		"a change of password": func() error {
			_, err := rooms.Account.ChangePassword(ctx, signedIn, account.ChangePassword{Password: "forge-ahead-2026"})
			return err
		},
	} {
		if err := do(); !errors.Is(err, identity.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if h.asked != 0 {
		t.Errorf("a password was looked at %d times", h.asked)
	}
}
