package wire

import (
	"maps"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/app/config"
)

func TestSettingsAndAdapterKnowTheSameProviders(t *testing.T) {
	t.Parallel()
	known := map[string]string{}
	for _, p := range oauth.Presets() {
		known[p.Kind] = p.Label
	}
	if have := config.PresetLabels(); !maps.Equal(have, known) {
		t.Errorf("settings know %v, the adapter %v", have, known)
	}
}
