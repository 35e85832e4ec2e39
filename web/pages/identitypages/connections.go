package identitypages

import "github.com/neoforge-dev/neoforge/web/pages/layout"

// Connection is a connected account. Its button posts to UnlinkURL.
type Connection struct {
	Identity
	Idle      bool // the provider is not set up any more
	LastWayIn bool // so it has no button
	UnlinkURL string
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
