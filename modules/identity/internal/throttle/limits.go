// Package throttle bounds how often identity lets something be tried, and tells where
// an attempt comes from: a stranger, or a browser or network that somebody signed in
// from before. web/docs/security.md has the rules.
//
// It promises that an attempt is counted before it is taken, and that one which nobody
// could count is not taken.
package throttle

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Limits counts over all replicas.
type Limits struct{ Limiter ratelimit.Limiter }

// Attempt is what was counted for a guess.
type Attempt []Counted

// Counted is an event under one key.
type Counted struct {
	Key   string
	Limit ratelimit.Limit
}

// One is an attempt of one event.
func One(key string, limit ratelimit.Limit) Attempt { return Attempt{{key, limit}} }

// CountAll counts an event against several limits, in their order.
func (m Limits) CountAll(ctx context.Context, all ...Counted) (Attempt, error) {
	for _, c := range all {
		if err := m.Count(ctx, c.Key, c.Limit); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// GiveBack gives back what was counted for a guess that was right. A limiter that is
// away gives it back with time: nobody who is right is kept out for that.
func (m Limits) GiveBack(ctx context.Context, counted Attempt) {
	for _, c := range counted {
		_ = m.Limiter.GiveBack(context.WithoutCancel(ctx), c.Key, c.Limit)
	}
}

// Count counts an event. It fails with ErrTooManyAttempts (with RetryAfter), and with
// ErrBusy when nobody can count.
func (m Limits) Count(ctx context.Context, key string, l ratelimit.Limit) error {
	d, err := m.Limiter.Allow(ctx, key, l)
	if err != nil {
		return fmt.Errorf("throttle: count an attempt: %w: %w", identity.ErrBusy, err)
	}
	if !d.Allowed {
		return identity.ErrTooManyAttempts.WithRetryAfter(d.RetryAfter)
	}
	return nil
}

// siteNetworks is how many times the limit of a network a site has.
const siteNetworks = 10

// OfNetwork counts what strangers do for their network. One place picks among 65,536
// networks of IPv6, and leaves with each what its limit lets through, so it has a limit
// as well.
func OfNetwork(what, address string, l ratelimit.Limit) Attempt {
	all := One(what+":address:"+Network(address), l)
	if wide := Site(address); wide != Network(address) {
		all = append(all, Counted{what + ":site:" + wide, ratelimit.Limit{Count: siteNetworks * l.Count, Per: l.Per}})
	}
	return all
}

// AccountKey is what attempts on an account from a Source are counted under.
func AccountKey(what, account string, from Source) string {
	key := what + ":account:" + Digest(account)
	if from.Key != "" {
		key += ":" + from.Key
	}
	return key
}
