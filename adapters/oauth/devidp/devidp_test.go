package devidp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

const cleo = "cleo@neoforge.test"

func people(context.Context) ([]devidp.Person, error) {
	return []devidp.Person{
		{Name: "Ada", Email: "ada@neoforge.test", Note: "administrator"},
		{Name: "Cleo", Email: cleo, Note: "member"},
	}, nil
}

// site is a site that serves the development provider and signs in at it.
type site struct {
	url      string
	idp      *devidp.Provider
	provider identity.OAuthProvider
	clock    *clock.Adjustable
	browser  *http.Client
}

var secret = []byte("a secret of thirty-two bytes or more")

func openSite(t *testing.T, baseURL string) *site {
	t.Helper()
	s := &site{
		clock: clock.NewAdjustable(clock.System{}),
		browser: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.idp.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	if s.url = server.URL; baseURL == "" {
		baseURL = server.URL
	}
	var err error
	s.idp, err = devidp.New(devidp.Config{SiteName: "NeoForge", BaseURL: baseURL, Secret: secret, People: people, Clock: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	providers, err := oauth.New([]oauth.ProviderConfig{s.idp.Registration()}, baseURL, server.Client(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.provider = providers[0]
	return s
}

var flow = identity.AuthorizationRequest{
	State: "the-state", Nonce: "the-nonce", Verifier: "a-verifier-that-has-the-forty-three-characters-needed",
}

// begin starts a sign-in and follows the provider to where it sends the browser.
func (s *site) begin(t *testing.T, hint string) (session string, location *url.URL) {
	t.Helper()
	r := flow
	r.LoginHint = hint
	start, err := s.provider.Begin(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return start.Session, s.follow(t, start.URL)
}

func (s *site) follow(t *testing.T, address string) *url.URL {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	location, err := resp.Location()
	if err != nil {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s answered %d without a way on: %s", address, resp.StatusCode, body)
	}
	return location
}

// approve chooses somebody on the page of people, and returns the callback.
func (s *site) approve(t *testing.T, page *url.URL, email string, m devidp.Misbehaviour) url.Values {
	t.Helper()
	next, err := s.idp.Approve(t.Context(), page.Query().Get("request"), email, m)
	if err != nil {
		t.Fatal(err)
	}
	return s.follow(t, next).Query()
}

func (s *site) complete(t *testing.T, session string, params url.Values) (identity.Claim, error) {
	t.Helper()
	return s.provider.Complete(t.Context(), identity.AuthorizationResponse{
		Nonce: flow.Nonce, Verifier: flow.Verifier, Session: session, Params: params,
	})
}

func TestProvider_APersonChosenOnThePageSignsIn(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	session, page := s.begin(t, "")
	if page.Path != devidp.LoginPath {
		t.Fatalf("the browser was sent to %s", page)
	}
	pending, err := s.idp.Pending(t.Context(), page.Query().Get("request"))
	if err != nil || pending.Client == "" {
		t.Fatalf("pending: %+v, %v", pending, err)
	}
	params := s.approve(t, page, cleo, devidp.Behave)
	if params.Get("state") != flow.State {
		t.Fatalf("state came back as %q", params.Get("state"))
	}
	claim, err := s.complete(t, session, params)
	if err != nil {
		t.Fatal(err)
	}
	if claim.Email != cleo || !claim.EmailVerified || claim.Name != "Cleo" || claim.Provider != "dev" || claim.Subject == "" {
		t.Fatalf("claim: %+v", claim)
	}
}

func TestProvider_AHintOfAKnownPersonSignsInByRedirectsAlone(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	session, location := s.begin(t, "Cleo@neoforge.test")
	callback := s.follow(t, location.String())
	if callback.Path != "/auth/dev/callback" {
		t.Fatalf("the browser was sent to %s", callback)
	}
	claim, err := s.complete(t, session, callback.Query())
	if err != nil || claim.Email != cleo {
		t.Fatalf("claim: %+v, %v", claim, err)
	}
}

func TestProvider_AHintOfNobodyShowsThePageOfPeople(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	_, location := s.begin(t, "nobody@neoforge.test")
	if location.Path != devidp.LoginPath {
		t.Fatalf("the browser was sent to %s", location)
	}
	pending, err := s.idp.Pending(t.Context(), location.Query().Get("request"))
	if err != nil || pending.LoginHint != "nobody@neoforge.test" {
		t.Fatalf("pending: %+v, %v", pending, err)
	}
}

func TestProvider_ASecondReplicaFinishesWhatTheFirstBegan(t *testing.T) {
	t.Parallel()
	first := openSite(t, "")
	second := openSite(t, first.url) // the same public address, another process
	_, page := first.begin(t, "")
	next, err := second.idp.Approve(t.Context(), page.Query().Get("request"), cleo, devidp.Behave)
	if err != nil {
		t.Fatal(err)
	}
	params := first.follow(t, strings.Replace(next, first.url, second.url, 1)).Query()
	claim, err := first.complete(t, "{}", params)
	if err != nil || claim.Email != cleo {
		t.Fatalf("claim: %+v, %v", claim, err)
	}
}

func TestProvider_ItMisbehavesAsItIsAskedTo(t *testing.T) {
	t.Parallel()
	for m, want := range map[devidp.Misbehaviour]error{
		devidp.WrongNonce:   identity.ErrProviderInvalid,
		devidp.ExpiredToken: identity.ErrProviderInvalid,
		devidp.Failing:      identity.ErrProviderAway,
	} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			s := openSite(t, "")
			session, page := s.begin(t, "")
			if _, err := s.complete(t, session, s.approve(t, page, cleo, m)); !errors.Is(err, want) {
				t.Fatalf("have %v, want %v", err, want)
			}
		})
	}
	t.Run("unverified", func(t *testing.T) {
		t.Parallel()
		s := openSite(t, "")
		session, page := s.begin(t, "")
		claim, err := s.complete(t, session, s.approve(t, page, cleo, devidp.UnverifiedEmail))
		if err != nil || claim.EmailVerified || claim.Email != cleo {
			t.Fatalf("claim: %+v, %v", claim, err)
		}
	})
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		s := openSite(t, "")
		session, page := s.begin(t, "")
		params := s.approve(t, page, cleo, devidp.Slow)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := s.provider.Complete(ctx, identity.AuthorizationResponse{
			Nonce: flow.Nonce, Verifier: flow.Verifier, Session: session, Params: params,
		})
		if !errors.Is(err, identity.ErrProviderAway) {
			t.Fatalf("have %v", err)
		}
	})
}

func TestProvider_ACodeIsRedeemedOnceWithItsVerifierWithinAMinute(t *testing.T) {
	t.Parallel()
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		s := openSite(t, "")
		session, page := s.begin(t, "")
		params := s.approve(t, page, cleo, devidp.Behave)
		if _, err := s.complete(t, session, params); err != nil {
			t.Fatal(err)
		}
		if _, err := s.complete(t, session, params); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Fatalf("a second time: %v", err)
		}
	})
	t.Run("another verifier", func(t *testing.T) {
		t.Parallel()
		s := openSite(t, "")
		session, page := s.begin(t, "")
		params := s.approve(t, page, cleo, devidp.Behave)
		_, err := s.provider.Complete(t.Context(), identity.AuthorizationResponse{
			Nonce: flow.Nonce, Verifier: "another-verifier-of-the-forty-three-characters-needed", Session: session, Params: params,
		})
		if !errors.Is(err, identity.ErrProviderInvalid) {
			t.Fatalf("have %v", err)
		}
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		s := openSite(t, "")
		session, page := s.begin(t, "")
		params := s.approve(t, page, cleo, devidp.Behave)
		s.clock.Advance(61 * time.Second)
		if _, err := s.complete(t, session, params); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Fatalf("have %v", err)
		}
	})
}

func TestProvider_ItRefusesRequestsThatAreNotSafe(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	start, err := s.provider.Begin(t.Context(), flow)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(url.Values){
		"no challenge":    func(q url.Values) { q.Del("code_challenge") },
		"plain challenge": func(q url.Values) { q.Set("code_challenge_method", "plain") },
		"no nonce":        func(q url.Values) { q.Del("nonce") },
		"no state":        func(q url.Values) { q.Del("state") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(start.URL)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			change(q)
			u.RawQuery = q.Encode()
			if answer := s.follow(t, u.String()).Query(); answer.Get("error") != "invalid_request" || answer.Get("code") != "" {
				t.Fatalf("answer: %v", answer)
			}
		})
	}
	t.Run("another site's callback", func(t *testing.T) {
		t.Parallel()
		u, err := url.Parse(start.URL)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("redirect_uri", "https://elsewhere.example/callback")
		u.RawQuery = q.Encode()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
			t.Fatalf("answered %d, on to %q", resp.StatusCode, resp.Header.Get("Location"))
		}
	})
}

func TestProvider_ARequestIsApprovedOnlyForSomebodyWhileItLasts(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	_, page := s.begin(t, "")
	id := page.Query().Get("request")
	if _, err := s.idp.Approve(t.Context(), id, "nobody@neoforge.test", devidp.Behave); !errors.Is(err, devidp.ErrPersonUnknown) {
		t.Fatalf("nobody: %v", err)
	}
	if _, err := s.idp.Approve(t.Context(), id, cleo, "sideways"); !errors.Is(err, devidp.ErrUnknownSwitch) {
		t.Fatalf("unknown switch: %v", err)
	}
	tampered := id[:len(id)-2] + "AA"
	if _, err := s.idp.Approve(t.Context(), tampered, cleo, devidp.Behave); !errors.Is(err, devidp.ErrRequestUnknown) {
		t.Fatalf("tampered: %v", err)
	}
	s.clock.Advance(11 * time.Minute)
	if _, err := s.idp.Pending(t.Context(), id); !errors.Is(err, devidp.ErrRequestUnknown) {
		t.Fatalf("late: %v", err)
	}
}

func TestProvider_ItsMetadataTellsOnlyOfWhatItServes(t *testing.T) {
	t.Parallel()
	s := openSite(t, "")
	resp, err := http.Get(s.url + devidp.Path + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	if m["issuer"] != s.url+devidp.Path {
		t.Errorf("issuer: %v", m["issuer"])
	}
	if methods, _ := m["code_challenge_methods_supported"].([]any); !slices.Equal(methods, []any{"S256"}) {
		t.Errorf("challenge methods: %v", methods)
	}
	for key, value := range m {
		address, ok := value.(string)
		if !ok || !strings.HasSuffix(key, "_endpoint") && key != "jwks_uri" {
			continue
		}
		method := http.MethodGet
		if key == "token_endpoint" {
			method = http.MethodPost
		}
		req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed {
			t.Errorf("%s is advertised and not served", key)
		}
	}
	resp, err = http.Post(s.url+devidp.Path+"/revoke", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("revoke answered %d", resp.StatusCode)
	}
}

func TestNew_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	good := devidp.Config{BaseURL: "http://localhost:8080", Secret: secret, People: people, Clock: clock.System{}}
	for name, change := range map[string]func(*devidp.Config){
		"base URL": func(c *devidp.Config) { c.BaseURL = "localhost" },
		"secret":   func(c *devidp.Config) { c.Secret = secret[:16] },
		"people":   func(c *devidp.Config) { c.People = nil },
		"clock":    func(c *devidp.Config) { c.Clock = nil },
	} {
		c := good
		change(&c)
		if _, err := devidp.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
