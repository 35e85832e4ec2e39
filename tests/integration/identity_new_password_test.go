package integration_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// newPasswords are all the ways in which a password is set, each for a person of its
// own whose name is Maria Lopez.
func newPasswords(t *testing.T, h *house) map[string]func(password string) error {
	t.Helper()
	browser := identity.Secret("another browser")
	h.signUpHere(t, "verify@neoforge.test", password, "Maria Lopez", browser)
	verifying := link(t, h.letter(t, "verify@neoforge.test"), "/verify-email")
	operator := identityapp.CreateUser{Name: "Maria Lopez", Role: identityport.RoleMember, EmailVerified: true, Password: password}
	for _, email := range []string{"reset@neoforge.test", "change@neoforge.test"} {
		operator.Email = email
		if _, err := h.app.CreateUser(t.Context(), operator); err != nil {
			t.Fatal(err)
		}
	}
	h.forgot(t, "reset@neoforge.test")
	resetting := link(t, h.letter(t, "reset@neoforge.test"), "/reset")
	actor := h.actor(t, h.enter(t, "change@neoforge.test").Secret)
	return map[string]func(password string) error{
		"register": func(password string) error {
			return h.app.SignUp(t.Context(), identityapp.SignUp{Email: "register@neoforge.test", Password: password, Name: "Maria Lopez", Address: laptop.Address})
		},
		"verify": func(password string) error { return h.verifyHere(t, verifying, "", password) },
		"reset":  func(password string) error { return h.reset(t, resetting, password) },
		"change": func(password string) error {
			_, err := h.app.ChangePassword(t.Context(), actor, identityapp.ChangePassword{Password: password})
			return err
		},
		"by the operator": func(password string) error {
			operator.Email, operator.Password = "operator@neoforge.test", password
			_, err := h.app.CreateUser(t.Context(), operator)
			return err
		},
	}
}

// namesPassword fails unless an error is want, in words beside the password's field.
func namesPassword(t *testing.T, what string, err, want error) {
	t.Helper()
	f := fault.As(err)
	if !errors.Is(err, want) || f == nil || len(f.Fields) != 1 || f.Fields[0].Name != "password" || f.Fields[0].Message != f.Message {
		t.Errorf("%s: %v, want %v for the password", what, err, want)
	}
}

func ownWordsAreRefused(t *testing.T, h *house) {
	for way, set := range newPasswords(t, h) {
		for _, weak := range []string{"Lopez#2026", "maria.l0pez1", "NeoForge2026!", "neoforge-maria", "localhost99"} {
			namesPassword(t, way+" "+weak, set(weak), identity.ErrWeakPassword)
		}
		if err := set("maria keeps lanterns"); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
}
