package wire

import (
	"maps"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestProviders_AreTheSameInSettingsAndAdapter(t *testing.T) {
	t.Parallel()
	known := map[string]string{}
	for _, p := range oauth.Presets() {
		known[p.Kind] = p.Label
	}
	if have := identityconfig.PresetLabels(); !maps.Equal(have, known) {
		t.Errorf("settings know %v, the adapter %v", have, known)
	}
}

// named is a provider that has nothing but a name.
type named struct {
	identity.OAuthProvider
	name string
}

func (n named) Name() string { return n.name }

func TestReservedProviderNames_AreWhatRoutesHave(t *testing.T) {
	t.Parallel()
	app, err := OpenToDescribe(t.Context(), Product{Name: "Test", Modules: []Module{Identity}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	routes, err := app.Routes()
	if err != nil {
		t.Fatal(err)
	}
	reserved, found := identityconfig.ReservedProviderNames(), 0
	for _, r := range routes {
		if !namesProvider(r.Path) {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.Path, "/auth/"), "/confirm/"), "/")
		if strings.HasPrefix(r.Path, "/account/") || strings.HasPrefix(word, "{") {
			continue
		}
		found++
		if !reserved[word] {
			t.Errorf("%s: a provider may be named %s, and neither would be reached", r.Path, word)
		}
	}
	if found == 0 {
		t.Error("no route beside the providers' was found")
	}
	if err := unshadowed(routes, []identity.OAuthProvider{named{name: "dev"}, named{name: "acme"}}); err != nil {
		t.Errorf("sound names: %v", err)
	}
	if err := unshadowed(routes, []identity.OAuthProvider{named{name: "magic"}}); err == nil || !strings.Contains(err.Error(), "the sign-in provider magic has the name of the route /auth/magic") {
		t.Errorf("magic: %v", err)
	}
}

func TestUnshadowed_RefusesARouteOfAProduct(t *testing.T) {
	t.Parallel()
	routes := []fiberhttp.RouteInfo{{Path: "/auth/{provider}"}, {Path: "/auth/tenant"}, {Path: "/webhooks/{provider}"}, {Path: "/webhooks/acme"}}
	if err := unshadowed(routes, []identity.OAuthProvider{named{name: "acme"}}); err != nil {
		t.Errorf("where no sign-in is named: %v", err)
	}
	if err := unshadowed(routes, []identity.OAuthProvider{named{name: "tenant"}}); err == nil {
		t.Error("a product's route was shadowed")
	}
}
