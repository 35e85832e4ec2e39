package identityapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// How often a password may be tried. Strangers have ten tries at an account in a
// quarter of an hour, together: under a thousand guesses a day. A device or network that
// the person signed in from has ten of its own. A network stands thirty over all
// accounts: an office behind one address signs in, a list of stolen passwords takes weeks.
// What is right is given back. web/docs/security.md has the whole rule.
var (
	accountLimit = ratelimit.Limit{Count: 10, Per: 15 * time.Minute}
	addressLimit = ratelimit.Limit{Count: 30, Per: 15 * time.Minute}
)

// How often strangers may have mails written, and try the links in them. An account
// gets a handful of mails an hour, whoever asks, and as many for a device or
// network that its person signed in from; a link cannot be guessed, so its limit only
// keeps the work of trying small.
var (
	letterAccountLimit = ratelimit.Limit{Count: 5, Per: time.Hour}
	letterAddressLimit = ratelimit.Limit{Count: 30, Per: time.Hour}
	signUpAddressLimit = ratelimit.Limit{Count: 20, Per: time.Hour}
	// Where nothing tells people from programs, a network registers fewer.
	signUpUncheckedLimit = ratelimit.Limit{Count: 10, Per: time.Hour}
	mailCodeLimit        = ratelimit.Limit{Count: 15, Per: 24 * time.Hour}
	linkAddressLimit     = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
)

// attempt is what was counted for a guess.
type attempt []counted

type counted struct {
	key   string
	limit ratelimit.Limit
}

// countAll counts an event against several limits, in their order.
func (a *App) countAll(ctx context.Context, all ...counted) (attempt, error) {
	for _, c := range all {
		if err := a.count(ctx, c.key, c.limit); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// succeeded gives back what was counted for a guess that was right. A limiter that is
// away gives it back with time: nobody who is right is kept out for that.
func (a *App) succeeded(ctx context.Context, counted attempt) {
	for _, c := range counted {
		_ = a.deps.Limiter.GiveBack(context.WithoutCancel(ctx), c.key, c.limit)
	}
}

// countAttempt counts a guess before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when it could not be counted: an uncounted
// guess is not taken. An empty email is no account's, and counts for the network.
func (a *App) countAttempt(ctx context.Context, email string, from source) (attempt, error) {
	var all []counted
	if from.network != "" {
		all = append(all, counted{"identity.sign_in:address:" + from.network, addressLimit})
	}
	if email != "" {
		all = append(all, counted{accountKey("identity.sign_in", email, from), accountLimit})
	}
	return a.countAll(ctx, all...)
}

// countLetter counts a mail that somebody asks for, before it is known whether
// there is anybody to write to. It fails like countAttempt.
func (a *App) countLetter(ctx context.Context, email identity.Email, from source) error {
	var all []counted
	if from.network != "" {
		all = append(all, counted{"identity.letter:address:" + from.network, letterAddressLimit})
	}
	all = append(all, counted{accountKey("identity.letter", string(email), from), letterAccountLimit})
	_, err := a.countAll(ctx, all...)
	return err
}

// accountKey is what attempts on an account from a source are counted under.
func accountKey(what, account string, from source) string {
	key := what + ":account:" + digest(account)
	if from.key != "" {
		key += ":" + from.key
	}
	return key
}

// countLink counts a try of a link in a mail. It fails like countAttempt.
func (a *App) countLink(ctx context.Context, address string) (attempt, error) {
	return a.countAll(ctx, counted{"identity.link:address:" + network(address), linkAddressLimit})
}

func (a *App) count(ctx context.Context, key string, l ratelimit.Limit) error {
	d, err := a.deps.Limiter.Allow(ctx, key, l)
	if err != nil {
		return fmt.Errorf("identityapp: count an attempt: %w: %w", identity.ErrBusy, err)
	}
	if !d.Allowed {
		return identity.ErrTooManyAttempts.WithRetryAfter(d.RetryAfter)
	}
	return nil
}

// network is what one subscriber holds: an IPv4 address, or the /64 that an IPv6
// host picks its addresses from.
func network(address string) string { return prefixOf(address, 64) }

func prefixOf(address string, bits int) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return digest(address)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}

// site is what one place holds at the most: an IPv4 address, or the /48 of IPv6 that
// providers hand out.
func site(address string) string { return prefixOf(address, 48) }

// digest makes a key of bounded length that names nobody.
func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:16])
}
