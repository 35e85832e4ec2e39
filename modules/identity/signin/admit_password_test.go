package signin_test

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestAdmitPassword_RefusesWordsOfThePersonAndTheSite(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	for way, set := range newPasswords(t, h) {
		for _, weak := range []string{"Lopez#2026", "maria.l0pez1", "NeoForge2026!", "neoforge-maria", "localhost99"} {
			namesPassword(t, way+" "+weak, set(weak), identity.ErrWeakPassword)
		}
		if err := set("maria keeps lanterns"); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
}

func TestAdmitPassword_RefusesABreachedOneWhereverOneIsSet(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ways := newPasswords(t, h)
	l := &leaked{passwords: []string{"seven lanterns leaked", fixture.Password}}
	attachBreached(t, h, l)
	for way, set := range ways {
		before := len(l.asked)
		namesPassword(t, way, set("seven lanterns leaked"), identity.ErrBreachedPassword)
		if len(l.asked) != before+1 {
			t.Errorf("%s: asked %d times", way, len(l.asked)-before)
		}
	}
	asked := len(l.asked)
	h.MustEnter(t, "change@neoforge.test") // by a password that has leaked meanwhile
	h.MustSignInProgram(t, "change@neoforge.test")
	if len(l.asked) != asked {
		t.Error("a password is looked up at sign-in")
	}
	for way, set := range ways {
		if err := set("seven lanterns drift"); err != nil {
			t.Errorf("%s, another: %v", way, err)
		}
	}
}

func TestAdmitPassword_KeepsNobodyOutWhileTheCollectionIsAway(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ways := newPasswords(t, h)
	l := &leaked{passwords: []string{"seven lanterns leaked"}, err: errors.New("the collection is away")}
	attachBreached(t, h, l)
	for way, set := range ways {
		if err := set("seven lanterns leaked"); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
	if len(l.asked) != len(ways) {
		t.Errorf("asked %d times for %d passwords", len(l.asked), len(ways))
	}
}

// TestAdmitPassword_LooksUpAlikeWhomeverItIsFor has a stranger register addresses with an account and without:
// the answers and the look-ups are the same.
func TestAdmitPassword_LooksUpAlikeWhomeverItIsFor(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "verified@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "unproven@neoforge.test", identityport.RoleMember, false)
	l := &leaked{passwords: []string{"seven lanterns leaked"}}
	attachBreached(t, h, l)
	for _, email := range []string{"nobody@neoforge.test", "unproven@neoforge.test", "verified@neoforge.test"} {
		for tried, want := range map[string]error{"seven lanterns leaked": identity.ErrBreachedPassword, "seven lanterns drift": nil, "garf": identity.ErrWeakPassword} {
			before := len(l.asked)
			err := h.SignUp(t.Context(), signin.SignUp{Email: email, Password: tried, Name: "Cleo", IP: fixture.Laptop.IP})
			if !errors.Is(err, want) {
				t.Errorf("%s, %q: %v", email, tried, err)
			}
			if asked := len(l.asked) - before; asked != 1 && !errors.Is(want, identity.ErrWeakPassword) || asked != 0 && errors.Is(want, identity.ErrWeakPassword) {
				t.Errorf("%s, %q: asked %d times", email, tried, asked)
			}
		}
	}
}

// leaked is a collection that holds a few passwords, or is away.
type leaked struct {
	mu        sync.Mutex
	passwords []string
	err       error
	asked     []string
}

func (l *leaked) Range(_ context.Context, prefix string) ([]identity.BreachedPassword, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, prefix)
	if l.err != nil {
		return nil, l.err
	}
	all := []identity.BreachedPassword{{Suffix: strings.Repeat("0", 35), Count: 1}}
	for _, p := range l.passwords {
		if hash := fmt.Sprintf("%X", sha1.Sum([]byte(p))); hash[:5] == prefix {
			all = append(all, identity.BreachedPassword{Suffix: hash[5:], Count: 3})
		}
	}
	return all, nil
}

// newPasswords are all the ways in which a password is set, each for a person of its
// own whose name is Maria Lopez.
func newPasswords(t *testing.T, h *fixture.Room) map[string]func(password string) error {
	t.Helper()
	browser := identity.Secret("another browser")
	h.MustSignUpIn(t, "verify@neoforge.test", fixture.Password, "Maria Lopez", browser)
	verifying := fixture.MustLink(t, h.MustMail(t, "verify@neoforge.test"), "/verify-email")
	for _, email := range []string{"reset@neoforge.test", "change@neoforge.test"} {
		if err := h.CreateMember(t, "Maria Lopez", email, fixture.Password); err != nil {
			t.Fatal(err)
		}
	}
	h.MustForgetPassword(t, "reset@neoforge.test")
	resetting := fixture.MustLink(t, h.MustMail(t, "reset@neoforge.test"), "/reset")
	actor := h.MustActor(t, h.MustEnter(t, "change@neoforge.test").Secret)
	return map[string]func(password string) error{
		"register": func(password string) error {
			return h.SignUp(t.Context(), signin.SignUp{Email: "register@neoforge.test", Password: password, Name: "Maria Lopez", IP: fixture.Laptop.IP})
		},
		"verify": func(password string) error { return h.ProveEmailIn(t, verifying, "", password) },
		"reset":  func(password string) error { return h.SetForgottenPassword(t, resetting, password) },
		"change": func(password string) error {
			return h.SetPassword(t, actor, "", password)
		},
		"by the operator": func(password string) error {
			return h.CreateMember(t, "Maria Lopez", "operator@neoforge.test", password)
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

// attachBreached has new passwords looked up.
func attachBreached(t *testing.T, h *fixture.Room, l *leaked) {
	t.Helper()
	h.Deps.Breached = l
	var err error
	if h.Identity, err = fixture.NewIdentity(h.Deps); err != nil {
		t.Fatal(err)
	}
}
