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

// How often a password may be tried. An account stands ten tries in a quarter of
// an hour: more than somebody needs who mistypes, and under a thousand guesses a
// day for who guesses. An address stands thirty: an office behind one address
// signs in, a list of stolen passwords takes weeks. Who is kept out of their
// account by somebody else's guesses still signs in with a provider.
var (
	accountLimit = ratelimit.Limit{Count: 10, Per: 15 * time.Minute}
	addressLimit = ratelimit.Limit{Count: 30, Per: 15 * time.Minute}
)

// How often strangers may have letters written, and try the links in them. An
// account gets a handful of letters an hour, whoever asks; a link cannot be guessed,
// so its limit only keeps the work of trying small.
var (
	letterAccountLimit = ratelimit.Limit{Count: 5, Per: time.Hour}
	letterAddressLimit = ratelimit.Limit{Count: 30, Per: time.Hour}
	signUpAddressLimit = ratelimit.Limit{Count: 20, Per: time.Hour}
	linkAddressLimit   = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
)

// countAttempt counts a guess before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when it could not be counted: an uncounted
// guess is not taken. An empty email is no account's, and counts for the address.
func (a *App) countAttempt(ctx context.Context, email, address string) error {
	if err := a.count(ctx, "identity.sign_in:address:"+network(address), addressLimit); err != nil {
		return err
	}
	if email == "" {
		return nil
	}
	return a.count(ctx, "identity.sign_in:account:"+digest(email), accountLimit)
}

// countLetter counts a letter that somebody asks for, before it is known whether
// there is anybody to write to. It fails like countAttempt.
func (a *App) countLetter(ctx context.Context, email identity.Email, address string) error {
	if err := a.count(ctx, "identity.letter:address:"+network(address), letterAddressLimit); err != nil {
		return err
	}
	return a.count(ctx, "identity.letter:account:"+digest(string(email)), letterAccountLimit)
}

// countLink counts a try of a link in a letter. It fails like countAttempt.
func (a *App) countLink(ctx context.Context, address string) error {
	return a.count(ctx, "identity.link:address:"+network(address), linkAddressLimit)
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
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return digest(address)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}

// digest makes a key of bounded length that names nobody.
func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:16])
}
