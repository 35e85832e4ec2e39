package oauth_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// What other work on the machine adds is missing in one round or another; what the
// program lacks is missing in each.
func TestGate_AProviderThatHangsHoldsFewAndThenIsLeftAlone(t *testing.T) {
	t.Parallel()
	var wrong string
	for range 5 {
		if wrong = hanging(t); wrong == "" {
			return
		}
		t.Log(wrong)
	}
	t.Error(wrong)
}

// hanging has many sign in at a provider that hangs, and says what was not as it
// should be about how often it was asked and how long that took.
func hanging(t *testing.T) string {
	t.Helper()
	const many, most = 200, 32
	h := openHostile(t)
	var inside, peak, asked atomic.Int64
	h.token = func(_ http.ResponseWriter, r *http.Request) bool {
		asked.Add(1)
		n := inside.Add(1)
		defer inside.Add(-1)
		for {
			p := peak.Load()
			if n <= p || peak.CompareAndSwap(p, n) {
				break
			}
		}
		<-r.Context().Done()
		return true
	}
	p := h.hastily(t)
	began := time.Now()
	var running sync.WaitGroup
	for range many {
		running.Go(func() {
			if _, err := h.signInAt(t, p, flow, nil); !errors.Is(err, identity.ErrProviderAway) {
				t.Errorf("have %v", err)
			}
		})
	}
	running.Wait()
	took := time.Since(began)
	if peak.Load() > most {
		t.Errorf("%d at once", peak.Load())
	}
	if asked.Load() > most || took > haste+3*time.Second {
		return fmt.Sprintf("it was asked %d times, in %s", asked.Load(), took)
	}
	before := asked.Load()
	began = time.Now()
	for range 50 {
		if _, err := h.signInAt(t, p, flow, nil); !errors.Is(err, identity.ErrProviderAway) {
			t.Errorf("afterwards: %v", err)
		}
	}
	if took := time.Since(began); took > time.Second || asked.Load() != before {
		return fmt.Sprintf("afterwards it was asked %d times, in %s", asked.Load()-before, took)
	}
	return ""
}

func TestGate_AnAnswerIsBoundedHoweverItIsPacked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token func(w http.ResponseWriter, r *http.Request) bool
		want  error
	}{
		"a compressed bomb": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			packed := gzip.NewWriter(w)
			_, _ = io.WriteString(packed, `{"access_token":"`)
			line := strings.Repeat("x", 1<<20)
			for range 64 {
				if _, err := io.WriteString(packed, line); err != nil {
					return true // hung up on, as it should be
				}
			}
			_ = packed.Close()
			return true
		}, identity.ErrProviderInvalid},
		"endless headers": {func(w http.ResponseWriter, _ *http.Request) bool {
			for i := range 64 {
				w.Header().Set("X-"+strings.Repeat("a", i+1), strings.Repeat("x", 8<<10))
			}
			return true
		}, identity.ErrProviderAway},
		"headers that do not come": {func(_ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}, identity.ErrProviderAway},
		"a body that drips": {func(w http.ResponseWriter, r *http.Request) bool {
			_, _ = io.WriteString(w, `{"access_token":"`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}, identity.ErrProviderAway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.token = c.token
			providers, err := oauth.New([]oauth.ProviderConfig{{
				Name: "acme", Label: "Acme", Kind: "oidc", Issuer: h.server.URL, ClientID: clientID, ClientSecret: "the-secret",
			}}, siteURL, &http.Client{Timeout: haste}, nil)

			// by the adapter's own transport
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.signInAt(t, providers[0], flow, nil); !errors.Is(err, c.want) {
				t.Fatalf("have %v, want %v", err, c.want)
			}
		})
	}
}

func TestGate_ASecretGoesNowhereElse(t *testing.T) {
	t.Parallel()
	elsewhere, asked := openHostile(t), new(atomic.Int64)
	elsewhere.token = func(http.ResponseWriter, *http.Request) bool { asked.Add(1); return false }
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		h := openHostile(t)
		h.token = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", elsewhere.server.URL+"/token")
			w.WriteHeader(status)
			return true
		}
		if _, err := h.signIn(t, nil); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if asked.Load() != 0 {
		t.Error("the redirect was followed")
	}
}
