package wire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
)

// embedProviders are the sites that texts are rendered for. Which of them readers are offered
// is a setting: another one needs no text rendered anew.
// A program that knows others adds them here.
func embedProviders() []markdown.EmbedProvider { return markdown.EmbedProviders() }

// framesOf are the origins of the frames of the providers that a setting names.
func framesOf(keys []string, providers []markdown.EmbedProvider) (map[string]string, error) {
	out := map[string]string{}
	for _, key := range keys {
		at := slices.IndexFunc(providers, func(p markdown.EmbedProvider) bool { return p.Key == key })
		if at < 0 {
			known := make([]string, len(providers))
			for i, p := range providers {
				known[i] = p.Key
			}
			return nil, fmt.Errorf("EMBED_PROVIDERS names %q: use some of %s, or none", key, strings.Join(known, ", "))
		}
		out[key] = providers[at].Origin
	}
	return out, nil
}
