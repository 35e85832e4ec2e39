package identitypages

import (
	"unicode"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Connection is a connected account. Its button posts to UnlinkURL.
type Connection struct {
	Identity
	Development    bool
	Idle           bool // the provider is not set up any more
	LastAuthMethod bool // so it has no button
	UnlinkURL      string
}

// initials stand for a provider: the capitals of its name, so that GitHub, GitLab
// and Google are told apart. Nobody's trademark is drawn.
func initials(label string) string {
	var capitals []rune
	for _, r := range label {
		if unicode.IsUpper(r) && len(capitals) < 2 {
			capitals = append(capitals, r)
		}
	}
	if len(capitals) == 0 {
		return layout.Initials(label)
	}
	return string(capitals)
}

// ConnectionsView is the page of accounts at providers. Trouble is why the last
// act did not work. The button of each of Others posts to its URL.
type ConnectionsView struct {
	layout.Page
	Trouble   string
	Connected []Connection
	Others    []Provider
}

// OnwardView leads from a form to a provider.
type OnwardView struct {
	layout.Page
	Label string
	URL   string
}
