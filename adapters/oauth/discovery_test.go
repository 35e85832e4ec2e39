package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestDiscovery_MetadataOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	for name, bend := range map[string]func(map[string]any){
		"another issuer": set("issuer", "https://elsewhere.example"),
		"no endpoint":    without("token_endpoint"),
		"odd endpoint":   set("token_endpoint", "file:///etc/passwd"),
		"odd keys":       set("jwks_uri", "keys"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.metadata = bend
			if _, err := h.provider(t).Begin(t.Context(), flow); !errors.Is(err, identity.ErrProviderAway) {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestDiscovery_AProviderThatIsAwayIsNotHammered(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	h.discover = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	p := h.provider(t)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if _, err := p.Begin(t.Context(), flow); !errors.Is(err, identity.ErrProviderAway) {
				t.Errorf("have %v", err)
			}
		})
	}
	all.Wait()
	if n := h.asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
}

func TestDiscovery_MetadataIsReadOnceHoweverManyBegin(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	p := h.provider(t)
	if h.asked.Load() != 0 {
		t.Fatal("asked at construction")
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if _, err := p.Begin(t.Context(), flow); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := h.asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
}

func TestDiscovery_WhoeverLeavesDoesNotTakeTheMetadataFromTheOthers(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	h.discover = func(http.ResponseWriter, *http.Request) bool {
		close(arrived)
		<-release
		return false
	}
	p := h.provider(t)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := p.Begin(ctx, flow)
		left <- err
	}()
	<-arrived
	leave()
	if err := <-left; !errors.Is(err, identity.ErrProviderAway) {
		t.Fatalf("who left: %v", err)
	}
	close(release)
	if _, err := p.Begin(t.Context(), flow); err != nil {
		t.Fatalf("who stayed: %v", err)
	}
	if n := h.asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
}
