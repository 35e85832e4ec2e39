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
	"golang.org/x/text/unicode/norm"

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
	absent string // a hash of nothing, for people without one

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
		params: &argon2id.Params{Memory: memoryKiB, Iterations: iterations, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		common: sync.OnceValue(newCommonWords),
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
	normal, possible := normalize(password)
	if !possible || utf8.RuneCountInString(normal) < minLength {
		return "", identity.ErrWeakPassword
	}
	if h.common().has(normal) {
		return "", identity.ErrWeakPassword.WithMessage("Too many people use this password. Choose another one.")
	}
	var hash string
	err := h.run(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(normal, h.params)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("passwords: hash: %w", err)
	}
	return hash, nil
}

// Verify implements identity.PasswordHasher. A hash that cannot be read is an
// error, not a wrong password.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (bool, error) {
	normal, possible := normalize(password)
	known := possible && hash != ""
	if !known {
		hash = h.absent // the answer is no; the work is done all the same
	}
	var match bool
	err := h.run(ctx, func() (err error) {
		match, err = argon2id.ComparePasswordAndHash(normal, hash)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("passwords: verify: %w", err)
	}
	return match && known, nil
}

// normalize brings a password into one form (NFKC), however it was typed.
// possible is false for what no password can be.
func normalize(password string) (normal string, possible bool) {
	if len(password) > maxBytes || !utf8.ValidString(password) {
		return "", false
	}
	normal = norm.NFKC.String(password)
	return normal, utf8.RuneCountInString(normal) <= maxLength
}

// Refused returns how often ErrBusy was the answer since the start.
func (h *Hasher) Refused() uint64 { return h.busy.Load() }

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
