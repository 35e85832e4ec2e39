package identitypages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/icons"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SignIn is one session of a person.
type SignIn struct {
	Name        string // "Firefox on Windows", "A program: curl"
	Program     bool   // by the API, not a browser
	Handheld    bool   // a phone or a tablet
	Current     bool
	ForSomebody bool // an administrator acts for the person
	Address     string
	Method      string // how they signed in: "password and authenticator app"; empty: not known
	CreatedAt   time.Time
	LastSeenAt  time.Time
	RevokeURL   string // its button posts there
}

// by says how they signed in, after the words that they did.
func (s SignIn) by() string {
	if s.Method == "" {
		return ""
	}
	return " by " + s.Method
}

func (s SignIn) icon() icons.Name {
	switch {
	case s.Program:
		return icons.Terminal
	case s.Handheld:
		return icons.Phone
	default:
		return icons.Screen
	}
}

// DevicesView is where one is signed in. Others counts what is not this one.
type DevicesView struct {
	layout.Page
	Browsers []SignIn
	Programs []SignIn
	Others   int
}

func (v DevicesView) othersNote() string {
	if v.Others == 1 {
		return "Beside this one there is one more sign-in."
	}
	return fmt.Sprintf("Beside this one there are %d more sign-ins.", v.Others)
}

// Token is one personal access token.
type Token struct {
	Name         string
	Hint         string // its last characters
	Scopes       []string
	Expired      bool
	ExpiresAt    time.Time // zero: it does not end
	LastUsedAt   time.Time // zero: never
	LastUsedFrom string
	RevokeURL    string // its button posts there
}

// scopes says what a token may do: "read, write · content.post.write".
func (t Token) scopes() string {
	var ways, permissions []string
	for _, s := range t.Scopes {
		if s == "read" || s == "write" {
			ways = append(ways, s)
		} else {
			permissions = append(permissions, s)
		}
	}
	out := strings.Join(ways, ", ")
	if len(permissions) > 0 {
		out += " · " + strings.Join(permissions, ", ")
	}
	return out
}

// TokensView is one's tokens. Secret is shown once, when the token Made was made.
type TokensView struct {
	layout.Page
	Made   string
	Secret string
	Tokens []Token
}

// TokenLifetime is how long a token may last.
type TokenLifetime struct {
	Days    string // the field's value
	Label   string
	Checked bool
}

// NewTokenView is the form that posts to /account/tokens: name, scopes, days.
type NewTokenView struct {
	layout.Page
	Name        string
	Permissions []string // that may be chosen
	Chosen      []string // scopes
	Lifetimes   []TokenLifetime
	Errors      layout.FieldErrors // name, scopes; "" is about the whole
}

func (v NewTokenView) chose(scope string) bool { return slices.Contains(v.Chosen, scope) }
