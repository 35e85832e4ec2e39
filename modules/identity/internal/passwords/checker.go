// Package passwords checks passwords, hashes new ones, and bounds how many requests wait
// for that at once.
//
// Guesses are counted before they are checked, over all replicas; when nobody can count,
// no guess is taken. A wrong password, somebody without one, and nobody are answered alike
// and in the same time.
package passwords

import (
	"context"
	"fmt"
	"net/url"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
)

// Deps is what checking and hashing needs.
type Deps struct {
	Hasher   identity.PasswordHasher
	Breached identity.BreachedPasswords `deps:"optional"` // where new passwords are looked up; nil looks nowhere
	Limits   throttle.Limits
	Devices  throttle.Devices
	Failures throttle.Failures
	People   people.Registry
	Reads    Reads
	Clock    clock.Clock
	BaseURL  string
	SiteName string
	// AtOnce bounds the requests that have a password hashed or wait for it; zero: 64.
	AtOnce int `deps:"optional"`
	// Refused is told that some are refused, once a minute at the most. It must not wait;
	// nil tells nobody.
	Refused func(identity.PasswordLoad) `deps:"optional"`
	// Rehash puts a hash in the place of another one of the same password, in a
	// transaction of its own.
	Rehash func(ctx context.Context, id identity.UserID, from, to string) error
}

// Reads is what is known of a person's password.
type Reads interface {
	// CredentialOf returns a zero Credential for somebody without a password.
	CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error)
}

// Checker checks passwords and hashes new ones. One of a process has all that it does.
type Checker struct {
	deps Deps
	gate *gate
}

// New fails when a dependency is missing.
func New(d Deps) (*Checker, error) {
	if err := deps.Check("passwords", d); err != nil {
		return nil, err
	}
	return &Checker{deps: d, gate: newGate(d.AtOnce, d.Refused)}, nil
}

// Hash hashes a person's new password, unless it breaks a rule: ErrWeakPassword or
// ErrBreachedPassword, with the field. It also fails with ErrBusy. What it does, and
// how long it takes, depends on nothing that is kept about anybody.
func (p *Checker) Hash(ctx context.Context, password string, email identity.Email, name string) (string, error) {
	if err := identity.NotOwnWords(password, p.Context(email, name)); err != nil {
		return "", identity.InField("password", err)
	}
	ctx, leave, err := p.takePlace(ctx, caller{})
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := p.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("passwords: hash a password: %w", identity.InField("password", err))
	}
	if p.breached(ctx, password) {
		return "", identity.InField("password", identity.ErrBreachedPassword)
	}
	return hash, nil
}

// breached reports whether a password is known to have leaked. A collection that
// cannot be asked keeps nobody out: whoever attaches it sees its failures.
func (p *Checker) breached(ctx context.Context, password string) bool {
	if p.deps.Breached == nil {
		return false
	}
	times, err := identity.TimesBreached(ctx, p.deps.Breached, password)
	return err == nil && times > 0
}

// Context is what the password of somebody on this site is tried with first.
func (p *Checker) Context(email identity.Email, name string) identity.PasswordContext {
	c := identity.PasswordContext{Email: email, Name: name, Site: []string{p.deps.SiteName}}
	if u, err := url.Parse(p.deps.BaseURL); err == nil {
		c.Site = append(c.Site, u.Hostname())
	}
	return c
}
