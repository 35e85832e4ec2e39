package identityapp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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

// maxReturnTo bounds what is kept for a visitor who has not signed in yet.
const maxReturnTo = 2048

// localPath returns p when it is a path of this site, and "/" otherwise. Browsers
// read "//host" and "/\host" as another host, and drop tabs and line breaks before
// they look; so none of these passes.
func localPath(p string) string {
	foreign := func(r rune) bool { return r == '\\' || unicode.IsControl(r) }
	if len(p) > maxReturnTo || !utf8.ValidString(p) || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsFunc(p, foreign) {
		return "/"
	}
	return p
}
