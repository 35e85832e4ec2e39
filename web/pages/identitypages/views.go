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
	Agreement string             // what one agrees to by making an account at a provider's
	Changed   []layout.Link      // of the texts that are not those any more that the page had shown
	// Hint is shown in development beneath the form: whom one can sign in as.
	Hint []string
}

// Identity is a linked account at a provider.
type Identity struct {
	Label    string
	Email    string
	LinkedAt time.Time
}

// AccountView is one's own account. The forms post to /account/profile (name),
// /account/avatar (avatar, a file), /account/avatar/remove and /logout.
type AccountView struct {
	layout.Page
	Name      string
	TypedName string // keeps what was typed
	Email     string
	// EmailUndelivered says that a mail to the address was lately refused.
	EmailUndelivered bool
	AvatarURL        string // empty: none
	Role             string // "member", "author", "administrator"
	CreatedAt        time.Time
	Errors           layout.FieldErrors // name, avatar
}
