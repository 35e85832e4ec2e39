package identityapp

import ()

// ProviderInfo is one way of signing in, for the page that offers them.
type ProviderInfo struct {
	Name  string // in routes: "github"
	Label string // for people: "GitHub"
}

// Providers lists the ways of signing in, in the order of the configuration.
func (a *App) Providers() []ProviderInfo {
	infos := make([]ProviderInfo, 0, len(a.deps.Providers))
	for _, p := range a.deps.Providers {
		infos = append(infos, ProviderInfo{Name: p.Name(), Label: p.Label()})
	}
	return infos
}
