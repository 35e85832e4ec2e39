package throttle

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// deviceLabel is what device tokens are sealed under.
const deviceLabel = "identity.device"

// remembered is how many of a person's last sessions tell the networks that they are
// known on. It is small, so that reading them takes no time that would tell.
const remembered = 10

// maxDeviceTokens is how many people one browser is remembered for.
const maxDeviceTokens = 4

// DeviceToken says that a person signed in by a browser (OWASP, "device cookies"). It
// lets nobody in. Epoch is the person's LinksEpoch of then: whatever ends the links in
// their mails ends the token.
type DeviceToken struct {
	ID    string          `json:"id"`
	User  identity.UserID `json:"user"`
	Epoch int             `json:"epoch"`
	At    time.Time       `json:"at"`
}

// DeviceReads is what recognizing a browser or network needs to know of people.
type DeviceReads interface {
	User(ctx context.Context, id identity.UserID) (identity.User, error)
	CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error)
	LatestSessionsOf(ctx context.Context, id identity.UserID, n int) ([]identity.Session, error)
}

// Devices recognizes the browsers and networks that people signed in from.
type Devices struct {
	Sealer identity.Sealer
	Clock  clock.Clock
	IDs    idgen.Generator
	Reads  DeviceReads
}

// Recognize tells where an attempt on an account comes from. It asks the same
// questions whether there is such an account or not.
func (k Devices) Recognize(ctx context.Context, u identity.User, d identity.Device) (Source, error) {
	from := Stranger(d.IP)
	seen, err := k.Reads.LatestSessionsOf(ctx, u.ID, remembered)
	if err != nil {
		return from, fmt.Errorf("throttle: read the sessions of %s: %w", u.ID, err)
	}
	now := k.Clock.Now()
	for _, t := range k.Tokens(d.Token) {
		if t.User == u.ID && t.Epoch == u.LinksEpoch && now.Before(t.At.Add(identity.DeviceTokenTTL)) {
			return Source{Key: "device:" + t.ID}, nil
		}
	}
	here := slices.DeleteFunc(seen, func(s identity.Session) bool {
		return s.Impersonator != "" || d.IP == "" || Network(s.Device.IP) != from.Network
	})
	if len(here) == 0 {
		return from, nil
	}
	// Only now: what is read for who was here before tells nothing to a stranger.
	set, err := k.Reads.CredentialOf(ctx, u.ID)
	if err != nil {
		return from, fmt.Errorf("throttle: read the password of %s: %w", u.ID, err)
	}
	for _, s := range here {
		// Before a new password somebody else may have been in, who is a stranger now.
		if s.RevokedAt.IsZero() || !s.CreatedAt.Before(set.ChangedAt) {
			from.Key = "network:" + from.Network
			break
		}
	}
	return from, nil
}

// RecognizeByID is Recognize for a person who is known by their id.
func (k Devices) RecognizeByID(ctx context.Context, id identity.UserID, d identity.Device) (Source, error) {
	u, err := k.Reads.User(ctx, id)
	if err != nil {
		return Source{}, fmt.Errorf("throttle: read %s: %w", id, err)
	}
	return k.Recognize(ctx, u, d)
}

// Tokens reads the tokens that a browser brings; those that were not sealed
// here are none.
func (k Devices) Tokens(brought identity.Secret) (tokens []DeviceToken) {
	parts := strings.SplitN(brought.Reveal(), ".", maxDeviceTokens+1)
	for _, part := range parts[:min(len(parts), maxDeviceTokens)] {
		sealed, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(sealed) == 0 {
			continue
		}
		plain, err := k.Sealer.Open(deviceLabel, sealed)
		if err != nil {
			continue
		}
		var t DeviceToken
		if json.Unmarshal(plain, &t) == nil {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// Remember renews what the browser is known by: for u with a new token, for the
// others who signed in by it as it was. It keeps u's allowance, so that who has the
// password gains no guesses at another factor by signing in again.
func (k Devices) Remember(u identity.User, d identity.Device, now time.Time) (identity.Secret, error) {
	fresh := DeviceToken{ID: k.IDs.New(), User: u.ID, Epoch: u.LinksEpoch, At: now}
	keep := []DeviceToken{fresh}
	for _, t := range k.Tokens(d.Token) {
		switch {
		case t.User != u.ID:
			keep = append(keep, t)
		case t.Epoch == u.LinksEpoch:
			keep[0].ID = t.ID
		}
	}
	var parts []string
	for _, t := range keep[:min(len(keep), maxDeviceTokens)] {
		plain, err := json.Marshal(t)
		if err != nil {
			return "", fmt.Errorf("throttle: encode a device token: %w", err)
		}
		sealed, err := k.Sealer.Seal(deviceLabel, plain)
		if err != nil {
			return "", fmt.Errorf("throttle: seal a device token: %w", err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(sealed))
	}
	return identity.Secret(strings.Join(parts, ".")), nil
}

// knownBrowsers is how many times the limit of a network the browsers on it have that
// somebody signed in by.
const knownBrowsers = 10

// OfVisitor counts what somebody does of whom no account is known yet: for their
// browser, where somebody signed in by it before, otherwise for their network. All such
// browsers of a network have a limit as well: every sign-in without a device cookie
// makes another one.
func (k Devices) OfVisitor(what string, d identity.Device, l ratelimit.Limit) Attempt {
	now := k.Clock.Now()
	for _, t := range k.Tokens(d.Token) {
		if now.Before(t.At.Add(identity.DeviceTokenTTL)) {
			together := ratelimit.Limit{Count: knownBrowsers * l.Count, Per: l.Per}
			return append(Attempt{{what + ":device:" + t.ID, l}}, OfNetwork(what+":known", d.IP, together)...)
		}
	}
	return OfNetwork(what, d.IP, l)
}
