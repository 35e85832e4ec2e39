package identity_test

import (
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// newPasswords are all the ways in which a password is set, each for a person of its
// own whose name is Maria Lopez.
func newPasswords(t *testing.T, h *fixture.Room) map[string]func(password string) error {
	t.Helper()
	browser := identity.Secret("another browser")
	h.MustSignUpIn(t, "verify@neoforge.test", fixture.Password, "Maria Lopez", browser)
	verifying := fixture.MustLink(t, h.MustMail(t, "verify@neoforge.test"), "/verify-email")
	operator := administration.CreateUser{Name: "Maria Lopez", Role: identityport.RoleMember, EmailVerified: true, Password: fixture.Password}
	for _, email := range []string{"reset@neoforge.test", "change@neoforge.test"} {
		operator.Email = email
		if _, err := h.CreateUser(t.Context(), operator); err != nil {
			t.Fatal(err)
		}
	}
	h.MustForgetPassword(t, "reset@neoforge.test")
	resetting := fixture.MustLink(t, h.MustMail(t, "reset@neoforge.test"), "/reset")
	actor := h.MustActor(t, h.MustEnter(t, "change@neoforge.test").Secret)
	return map[string]func(password string) error{
		"register": func(password string) error {
			return h.SignUp(t.Context(), signin.SignUp{Email: "register@neoforge.test", Password: password, Name: "Maria Lopez", Address: fixture.Laptop.Address})
		},
		"verify": func(password string) error { return h.ProveEmailIn(t, verifying, "", password) },
		"reset":  func(password string) error { return h.SetForgottenPassword(t, resetting, password) },
		"change": func(password string) error {
			_, err := h.ChangePassword(t.Context(), actor, account.ChangePassword{Password: password})
			return err
		},
		"by the operator": func(password string) error {
			operator.Email, operator.Password = "operator@neoforge.test", password
			_, err := h.CreateUser(t.Context(), operator)
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

func TestAdmitPassword_RefusesWordsOfThePersonAndTheSite(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for way, set := range newPasswords(t, h) {
			for _, weak := range []string{"Lopez#2026", "maria.l0pez1", "NeoForge2026!", "neoforge-maria", "localhost99"} {
				namesPassword(t, way+" "+weak, set(weak), identity.ErrWeakPassword)
			}
			if err := set("maria keeps lanterns"); err != nil {
				t.Errorf("%s: %v", way, err)
			}
		}
	})
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

// attachBreached has new passwords looked up.
func attachBreached(t *testing.T, h *fixture.Room, l *leaked) {
	t.Helper()
	h.Deps.Breached = l
	var err error
	if h.Identity, err = fixture.NewIdentity(h.Deps); err != nil {
		t.Fatal(err)
	}
}

func TestAdmitPassword_RefusesABreachedOneWhereverOneIsSet(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestAdmitPassword_KeepsNobodyOutWhileTheCollectionIsAway(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

// TestAdmitPassword_LooksUpAlikeWhomeverItIsFor has a stranger register addresses with an account and without:
// the answers and the look-ups are the same.
func TestAdmitPassword_LooksUpAlikeWhomeverItIsFor(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "verified@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "unproven@neoforge.test", identityport.RoleMember, false)
		l := &leaked{passwords: []string{"seven lanterns leaked"}}
		attachBreached(t, h, l)
		for _, email := range []string{"nobody@neoforge.test", "unproven@neoforge.test", "verified@neoforge.test"} {
			for tried, want := range map[string]error{"seven lanterns leaked": identity.ErrBreachedPassword, "seven lanterns drift": nil, "garf": identity.ErrWeakPassword} {
				before := len(l.asked)
				err := h.SignUp(t.Context(), signin.SignUp{Email: email, Password: tried, Name: "Cleo", Address: fixture.Laptop.Address})
				if !errors.Is(err, want) {
					t.Errorf("%s, %q: %v", email, tried, err)
				}
				if asked := len(l.asked) - before; asked != 1 && !errors.Is(want, identity.ErrWeakPassword) || asked != 0 && errors.Is(want, identity.ErrWeakPassword) {
					t.Errorf("%s, %q: asked %d times", email, tried, asked)
				}
			}
		}
	})
}

// TestBreachedPassword_IsRefusedByPageAndAPI runs the whole program with a service
// that goes away in the end.
func TestBreachedPassword_IsRefusedByPageAndAPI(t *testing.T) {
	t.Parallel()
	const breached = "seven lanterns leaked"
	hash := fmt.Sprintf("%X", sha1.Sum([]byte(breached)))
	var away atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/range/"+hash[:5]:
			_, _ = io.WriteString(w, hash[5:]+":21\r\n")
		}
	}))
	t.Cleanup(service.Close)
	p := program.Start(t, program.Options{Environ: []string{"BREACHED_PASSWORDS_URL=" + service.URL + "/range", "RATE_LIMIT=off"}})

	register := func(password string) (int, string) {
		return answerOf(t, p.URL+"/api/v1/auth/register", "application/json", fmt.Sprintf(`{"email":"newcomer@neoforge.test","name":"Cleo","password":%q}`, password))
	}
	status, body := register(breached)
	var problem struct {
		Code   string
		Errors []struct{ Field, Message string }
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatal(err)
	}
	if status != http.StatusUnprocessableEntity || problem.Code != "identity.breached_password" || len(problem.Errors) != 1 ||
		problem.Errors[0].Field != "password" || !strings.Contains(problem.Errors[0].Message, "Choose another one") {
		t.Errorf("the API answers %d\n%s", status, body)
	}
	form := url.Values{"email": {"newcomer@neoforge.test"}, "name": {"Cleo"}, "password": {breached}}
	if status, body := answerOf(t, p.URL+"/register", "application/x-www-form-urlencoded", form.Encode()); status != http.StatusUnprocessableEntity || !strings.Contains(body, "leaked from another service") {
		t.Errorf("the page answers %d\n%s", status, body)
	}
	away.Store(true)
	if status, body := register("another that nobody could look up"); status >= http.StatusBadRequest {
		t.Errorf("with the service away: %d\n%s", status, body)
	}
}

// answerOf posts from the site's own pages.
func answerOf(t *testing.T, address, kind, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
