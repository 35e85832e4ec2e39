package passwords

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// How often a password may be tried. Strangers have ten tries at an account in a
// quarter of an hour, together: under a thousand guesses a day. A device or network that
// the person signed in from has ten of its own. A network stands thirty over all
// accounts: an office behind one address signs in, a list of stolen passwords takes weeks.
// What is right is given back. web/docs/security.md has the whole rule.
var (
	accountLimit = ratelimit.Limit{Count: 10, Per: 15 * time.Minute}
	networkLimit = ratelimit.Limit{Count: 30, Per: 15 * time.Minute}
)

// Check returns the person whose address and password these are. It takes
// as long and fails alike (ErrInvalidCredentials) for a wrong password, somebody
// without one, and nobody. It also fails with ErrTooManyAttempts, ErrBusy and
// ErrSuspended.
func (p *Checker) Check(ctx context.Context, typed, password string, d identity.Device) (identity.User, error) {
	ctx, leave, err := p.takePlace(ctx, p.knownDevice(d.Token))
	if err != nil {
		return identity.User{}, err
	}
	defer leave()
	return p.checkFrom(ctx, typed, password, "password", d.IP, func(u identity.User) (throttle.Source, error) { return p.deps.Devices.Recognize(ctx, u, d) })
}

// CheckOwn is Check for somebody who is signed in and types it again.
func (p *Checker) CheckOwn(ctx context.Context, actor identity.Actor, email, password string) (identity.User, error) {
	ctx, leave, err := p.takePlace(ctx, callerOf(actor))
	if err != nil {
		return identity.User{}, err
	}
	defer leave()
	return p.checkFrom(ctx, email, password, "password, to confirm", actor.IP, func(identity.User) (throttle.Source, error) { return throttle.SignedIn(actor), nil })
}

func (p *Checker) checkFrom(ctx context.Context, typed, password, how, address string, from func(identity.User) (throttle.Source, error)) (identity.User, error) {
	email, parseErr := identity.ParseEmail(typed)
	if parseErr != nil {
		email = "" // no account has the empty address
	}
	user, err := p.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return identity.User{}, err
	}
	src, err := from(user)
	if err != nil {
		return identity.User{}, err
	}
	guess, err := p.countAttempt(ctx, string(email), src)
	if err != nil {
		return identity.User{}, err
	}
	hash, err := p.passwordOf(ctx, user.ID)
	if err != nil {
		return identity.User{}, err
	}
	match, err := p.deps.Hasher.Verify(ctx, password, hash)
	if err != nil {
		return identity.User{}, fmt.Errorf("passwords: verify a password: %w", err)
	}
	// Whoever registered an address that they have not proven is nobody yet: another
	// answer would tell that the address had no account before.
	if match == identity.PasswordWrong || hash == "" || !user.EmailVerified {
		return identity.User{}, p.deps.Failures.Note(ctx, user.ID, how, address, identity.ErrInvalidCredentials)
	}
	p.deps.Limits.GiveBack(ctx, guess)
	if err := user.MaySignIn(); err != nil {
		return user, p.deps.Failures.Note(ctx, user.ID, how, address, err)
	}
	// Only now: hashing once more takes time, which must tell nothing to a stranger.
	if match == identity.PasswordOutdated {
		err = p.rehash(ctx, user.ID, password, hash)
	}
	return user, err
}

// countAttempt counts a guess before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when it could not be counted: an uncounted
// guess is not taken. An empty email is no account's, and counts for the network.
func (p *Checker) countAttempt(ctx context.Context, email string, from throttle.Source) (throttle.Attempt, error) {
	var all throttle.Attempt
	if from.Network != "" {
		all = throttle.OfNetwork("identity.sign_in", from.Address, networkLimit)
	}
	if email != "" {
		all = append(all, throttle.Counted{Key: throttle.AccountKey("identity.sign_in", email, from), Limit: accountLimit})
	}
	return p.deps.Limits.CountAll(ctx, all...)
}

// rehash keeps a password that was right in the form and at the cost of new ones. What
// keeps the hasher from it is tried again at the next sign-in.
func (p *Checker) rehash(ctx context.Context, id identity.UserID, password, from string) error {
	to, err := p.deps.Hasher.Rehash(ctx, password)
	if errors.Is(err, identity.ErrBusy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("passwords: rehash the password of %s: %w", id, err)
	}
	if err := p.deps.Rehash(ctx, id, from, to); err != nil {
		return fmt.Errorf("passwords: rehash the password of %s: %w", id, err)
	}
	return nil
}

// passwordOf returns a person's hash, empty when there is no password.
func (p *Checker) passwordOf(ctx context.Context, id identity.UserID) (string, error) {
	credential, err := p.deps.Reads.CredentialOf(ctx, id)
	if err != nil {
		return "", fmt.Errorf("passwords: read the password of %s: %w", id, err)
	}
	return credential.Hash, nil
}
