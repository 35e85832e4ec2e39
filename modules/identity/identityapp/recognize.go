package identityapp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// source is where an attempt on an account comes from, as its limits tell strangers
// from those who were there before. web/docs/security.md has the rule.
type source struct {
	// key is what has an allowance of its own at the account; empty for strangers, who
	// share one.
	key string
	// network is counted over all accounts; empty for a device or session that was let
	// in before: it is good for guesses at one account alone.
	network string
	address string // that the network was found by
}

// deviceLabel is what device tokens are sealed under.
const deviceLabel = "identity.device"

// remembered is how many of a person's last sessions tell the networks that they are
// known on. It is small, so that reading them takes no time that would tell.
const remembered = 10

// maxDeviceTokens is how many people one browser is remembered for.
const maxDeviceTokens = 4

// deviceToken says that a person signed in by a browser (OWASP, "device cookies"). It
// lets nobody in. Epoch is the person's LinksEpoch of then: whatever ends the links in
// their mails ends the token.
type deviceToken struct {
	ID    string          `json:"id"`
	User  identity.UserID `json:"user"`
	Epoch int             `json:"epoch"`
	At    time.Time       `json:"at"`
}

// signedInSource is the source of somebody who is signed in and proves again who they
// are.
func signedInSource(actor identity.Actor) source { return source{key: "session:" + actor.SessionID} }

// strangerAt is the source of whoever is not known, at a network address.
func strangerAt(address string) source { return source{network: network(address), address: address} }

// recognize tells where an attempt on an account comes from. It asks the same
// questions whether there is such an account or not.
func (a *App) recognize(ctx context.Context, u identity.User, d identity.Device) (source, error) {
	from := strangerAt(d.Address)
	seen, err := a.deps.Reads.LatestSessionsOf(ctx, u.ID, remembered)
	if err != nil {
		return from, fmt.Errorf("identityapp: read the sessions of %s: %w", u.ID, err)
	}
	now := a.deps.Clock.Now()
	for _, t := range a.openDeviceTokens(d.Token) {
		if t.User == u.ID && t.Epoch == u.LinksEpoch && now.Before(t.At.Add(identity.DeviceTokenLife)) {
			return source{key: "device:" + t.ID}, nil
		}
	}
	here := slices.DeleteFunc(seen, func(s identity.Session) bool {
		return s.Impersonator != "" || d.Address == "" || network(s.Device.Address) != from.network
	})
	if len(here) == 0 {
		return from, nil
	}
	// Only now: what is read for who was here before tells nothing to a stranger.
	set, err := a.deps.Reads.CredentialOf(ctx, u.ID)
	if err != nil {
		return from, fmt.Errorf("identityapp: read the password of %s: %w", u.ID, err)
	}
	for _, s := range here {
		// Before a new password somebody else may have been in, who is a stranger now.
		if s.RevokedAt.IsZero() || !s.CreatedAt.Before(set.ChangedAt) {
			from.key = "network:" + from.network
			break
		}
	}
	return from, nil
}

// recognizeByID is recognize for a person who is known by their id.
func (a *App) recognizeByID(ctx context.Context, id identity.UserID, d identity.Device) (source, error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return source{}, fmt.Errorf("identityapp: read %s: %w", id, err)
	}
	return a.recognize(ctx, u, d)
}

// openDeviceTokens reads the tokens that a browser brings; those that were not sealed
// here are none.
func (a *App) openDeviceTokens(brought identity.Secret) (tokens []deviceToken) {
	parts := strings.SplitN(brought.Reveal(), ".", maxDeviceTokens+1)
	for _, part := range parts[:min(len(parts), maxDeviceTokens)] {
		sealed, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(sealed) == 0 {
			continue
		}
		plain, err := a.deps.Sealer.Open(deviceLabel, sealed)
		if err != nil {
			continue
		}
		var t deviceToken
		if json.Unmarshal(plain, &t) == nil {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// rememberDevice renews what the browser is known by: for u with a new token, for the
// others who signed in by it as it was. It keeps u's allowance, so that who has the
// password gains no guesses at another factor by signing in again.
func (a *App) rememberDevice(u identity.User, d identity.Device, now time.Time) (identity.Secret, error) {
	fresh := deviceToken{ID: a.deps.IDs.New(), User: u.ID, Epoch: u.LinksEpoch, At: now}
	keep := []deviceToken{fresh}
	for _, t := range a.openDeviceTokens(d.Token) {
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
			return "", fmt.Errorf("identityapp: encode a device token: %w", err)
		}
		sealed, err := a.deps.Sealer.Seal(deviceLabel, plain)
		if err != nil {
			return "", fmt.Errorf("identityapp: seal a device token: %w", err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(sealed))
	}
	return identity.Secret(strings.Join(parts, ".")), nil
}
