// Package passwords keeps passwords as argon2id hashes (RFC 9106).
//
// It promises that a password nobody should use is refused, that an unknown
// person costs as much time as a known one, and that hashing, which is slow and
// large on purpose, leaves the machine to others: one hash at a time for every
// two processors, a short queue behind it, and ErrBusy beyond that.
package passwords

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// The cost: the least that OWASP's password storage guidance names for argon2id.
const (
	memoryKiB  = 19 * 1024
	iterations = 2
)

const (
	minLength = 8
	maxLength = 256
	maxBytes  = 16 << 10 // before normalization, which may shorten
	// queueFor is how many may wait for each that is hashed; at about 30 ms a hash
	// the last of them waits for two seconds.
	queueFor = 64
)

// Hasher implements identity.PasswordHasher.
type Hasher struct {
	params *argon2id.Params
	common func() *commonWords // made when it is first asked
	absent string              // a hash of nothing, for people without one

	compare func(password, hash string) (bool, error)

	slots chan struct{}
	queue chan struct{}
	busy  atomic.Uint64
}

var _ identity.PasswordHasher = (*Hasher)(nil)

// New makes a hasher for this machine. It fails when the list of common passwords is
// missing.
func New() (*Hasher, error) {
	if len(commonList()) == 0 {
		return nil, errNoList
	}
	h := &Hasher{
		params:  &argon2id.Params{Memory: memoryKiB, Iterations: iterations, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		compare: argon2id.ComparePasswordAndHash,
		common:  sync.OnceValue(newCommonWords),
	}
	h.absent = unmatched(h.params)
	workers := max(1, runtime.NumCPU()/2)
	h.slots = make(chan struct{}, workers)
	h.queue = make(chan struct{}, workers*(1+queueFor))
	return h, nil
}

// unmatched is the encoded hash of no password: chance in place of salt and key.
// To compare with it takes the work of a real one; to make it takes none, and the
// program starts the sooner.
func unmatched(p *argon2id.Params) string {
	chance := make([]byte, p.SaltLength+p.KeyLength)
	_, _ = rand.Read(chance) // documented never to fail
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, encode(chance[:p.SaltLength]), encode(chance[p.SaltLength:]))
}

// Hash implements identity.PasswordHasher.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	form, err := currentForm(password)
	if err != nil {
		return "", err
	}
	if utf8.RuneCountInString(form) < minLength || utf8.RuneCountInString(fold(form)) < minLength {
		return "", identity.ErrWeakPassword
	}
	if h.common().has(form) {
		return "", errCommon
	}
	return h.hash(ctx, form)
}

// Rehash implements identity.PasswordHasher.
func (h *Hasher) Rehash(ctx context.Context, password string) (string, error) {
	form, err := currentForm(password)
	if err != nil {
		return "", err
	}
	return h.hash(ctx, form)
}

func (h *Hasher) hash(ctx context.Context, form string) (string, error) {
	var hash string
	err := h.run(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(form, h.params)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("passwords: hash: %w", err)
	}
	return hash, nil
}

// Verify implements identity.PasswordHasher. A hash that cannot be read is an
// error, not a wrong password.
//
// How many comparisons it makes depends on the password alone: both forms are
// compared where they differ, whatever the first comparison said and whoever asks.
// To leave the second out for a hash of the new form, or after a match, would tell
// by time that there is an account.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (identity.PasswordMatch, error) {
	forms := formsOf(password)
	known := len(forms) > 0 && hash != ""
	if !known {
		hash = h.absent // the answer is no; the work is done all the same
	}
	if len(forms) == 0 {
		forms = []form{{}}
	}
	var matched *form
	outdated := false
	err := h.run(ctx, func() error {
		params, _, _, err := argon2id.DecodeHash(hash)
		if err != nil {
			return err
		}
		outdated = *params != *h.params
		for i, f := range forms {
			match, err := h.compare(f.text, hash)
			if err != nil {
				return err
			}
			if match && matched == nil {
				matched = &forms[i]
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return identity.PasswordWrong, fmt.Errorf("passwords: verify: %w", err)
	case !known || matched == nil:
		return identity.PasswordWrong, nil
	case forms[0].current && (outdated || !matched.current):
		return identity.PasswordOutdated, nil
	}
	return identity.PasswordRight, nil
}

// Refused returns how often ErrBusy was the answer since the start.
func (h *Hasher) Refused() uint64 { return h.busy.Load() }

// Capacity is how many may be hashed or wait for it at once.
func (h *Hasher) Capacity() int { return cap(h.queue) }

// run does slow work when it is its turn.
func (h *Hasher) run(ctx context.Context, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.queue <- struct{}{}:
	default:
		h.busy.Add(1)
		return identity.ErrBusy
	}
	defer func() { <-h.queue }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return errors.Join(errWaited, ctx.Err())
	}
	defer func() { <-h.slots }()
	return work()
}

var errWaited = errors.New("gave up waiting for a turn")
