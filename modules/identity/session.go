package identity

import (
	"strings"
	"time"
	"unicode"
)

// How long a sign-in lasts.
const (
	SessionIdle     = 14 * 24 * time.Hour // without a request
	SessionAbsolute = 90 * 24 * time.Hour // at all
	// SessionTouch is how old LastSeenAt may get before a request renews it, so
	// that reading does not write a row each time.
	SessionTouch = 5 * time.Minute
)

// MaxSessions is how many sessions of one kind a person has open at once.
const MaxSessions = 100

// SessionKind says who holds a session.
type SessionKind string

// The kinds: a browser holds a cookie, a program refresh and access tokens.
const (
	BrowserSession SessionKind = "browser"
	APISession     SessionKind = "api"
)

// Device is where a session was opened, as the request told it.
type Device struct {
	UserAgent string // cut to 400 bytes
	IP        string // network address
	// Token is what a browser is known by from earlier sign-ins; it is kept nowhere.
	Token Secret
}

// DeviceTokenTTL is how long a browser is known after a sign-in.
const DeviceTokenTTL = 365 * 24 * time.Hour

// SignInMethod is by what somebody proved who they are when a session was opened.
type SignInMethod string

// The methods.
const (
	ByPassword      SignInMethod = "password"
	ByProvider      SignInMethod = "provider"
	ByMagicLink     SignInMethod = "magic_link"
	ByPasskey       SignInMethod = "passkey" // which is both factors
	ByImpersonation SignInMethod = "impersonation"
)

// SecondFactor is what somebody proved after the first.
type SecondFactor string

// The second factors.
const (
	FactorTOTP         SecondFactor = "totp"
	FactorRecoveryCode SecondFactor = "recovery_code"
	FactorPasskey      SecondFactor = "passkey"
)

// SignedInBy says how a session was opened.
type SignedInBy struct {
	Method       SignInMethod // empty: not known
	Provider     string       // the name of the provider of [ByProvider]
	SecondFactor SecondFactor // empty: none was asked for
}

// Session is one sign-in of one person. TokenHash is the hash of the browser's
// cookie; for programs it is the hash of a secret nobody holds.
type Session struct {
	ID        string
	User      UserID
	Kind      SessionKind
	TokenHash []byte
	Device    Device
	By        SignedInBy
	// Impersonator is the administrator who opened the session to act as User.
	Impersonator UserID
	// AuthenticatedAt is when the person last proved who they are.
	AuthenticatedAt time.Time
	CreatedAt       time.Time
	LastSeenAt      time.Time
	ExpiresAt       time.Time // absolute
	RevokedAt       time.Time // zero: not revoked
}

// OpenSession starts a session that lasts SessionAbsolute from now at the most.
func OpenSession(id string, user UserID, kind SessionKind, secret Secret, d Device, now time.Time) Session {
	d.UserAgent, d.Token = printable(d.UserAgent, 400), ""
	return Session{
		ID: id, User: user, Kind: kind, TokenHash: secret.Hash(), Device: d,
		AuthenticatedAt: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(SessionAbsolute),
	}
}

// printable makes what a stranger sent fit to be kept: valid UTF-8 without control
// characters, at most limit bytes.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return s
}

// ActiveAt reports whether the session is good at t: not revoked, not idle for
// too long, not past its end. A program may be idle for as long as its refresh
// token may lie.
func (s Session) ActiveAt(t time.Time) bool {
	idle := SessionIdle
	if s.Kind == APISession {
		idle = RefreshTTL
	}
	return s.RevokedAt.IsZero() && t.Before(s.ExpiresAt) && t.Before(s.LastSeenAt.Add(idle))
}

// RefreshTTL is how long a refresh token may lie unused.
const RefreshTTL = 30 * 24 * time.Hour

// RefreshToken renews a program's access token once. The tokens of one session
// are a family: using one twice revokes the session.
type RefreshToken struct {
	Hash      []byte
	Session   string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not used
}
