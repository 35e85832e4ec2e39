package identitypages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Provider is a way to sign in elsewhere.
type Provider struct {
	Name        string // "github": picks the mark
	Label       string // "GitHub", "Development sign-in"
	URL         string // /auth/{name}?return_to=…
	Development bool
}

// LoginView is the sign-in page. The form posts to /login: email, password,
// return_to.
type LoginView struct {
	layout.Page
	Providers []Provider
	Email     string // keeps what was typed
	ReturnTo  string
	Errors    layout.FieldErrors // email, password; "" is about the sign-in itself
	// Hint is shown in development beneath the form: whom one can sign in as.
	Hint []string
}

// Identity is a linked account at a provider.
type Identity struct {
	Provider string // name, picks the mark
	Label    string
	Email    string
	LinkedAt time.Time
}

// Device is one sign-in.
type Device struct {
	UserAgent  string
	Address    string
	Program    bool // a program by the API, not a browser
	Current    bool
	CreatedAt  time.Time
	LastSeenAt time.Time
	RevokeURL  string // its button posts there
}

// AccountView is one's own account.
type AccountView struct {
	layout.Page
	Name          string
	Email         string
	EmailVerified bool
	Role          string // "member", "author", "administrator"
	CreatedAt     time.Time
	HasPassword   bool
	Identities    []Identity
	Devices       []Device
}
