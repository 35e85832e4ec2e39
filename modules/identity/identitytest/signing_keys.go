package identitytest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// SigningKey is a key that signs since Now. Its halves belong to no real key.
func SigningKey() identity.SigningKey {
	return identity.SigningKey{
		ID: idgentest.New(), SealedPrivate: []byte("sealed"), Public: []byte("public"), CreatedAt: Now, SignsFrom: Now,
	}
}

func (h Harness) insertKeys(t *testing.T, keys ...identity.SigningKey) {
	t.Helper()
	h.do(t, func(ctx context.Context, s identity.Stores) error {
		for _, k := range keys {
			if err := s.SigningKeys.Insert(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h Harness) keysAre(t *testing.T, want ...identity.SigningKey) {
	t.Helper()
	have := must[[]identity.SigningKey](t)(h.Reads.SigningKeys(t.Context()))
	if len(have) == 0 && len(want) == 0 {
		return
	}
	equal(t, have, want)
}

var signingKeyCases = map[string]func(t *testing.T, h Harness){
	"signing keys read back as written, in the order in which they follow one another": func(t *testing.T, h Harness) {
		h.keysAre(t)
		next, now, last := SigningKey(), SigningKey(), SigningKey()
		next.SignsFrom = Now.Add(identity.KeyAnnouncement)
		last.CreatedAt, last.SignsFrom, last.VerifiesUntil = Now.Add(-time.Hour), Now.Add(-time.Hour), Now.Add(time.Minute)
		h.insertKeys(t, next, now, last)
		h.keysAre(t, last, now, next)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.SigningKeys.Lock(ctx)
			equal(t, have, []identity.SigningKey{last, now, next})
			return err
		})
	},
	"keys are retired but for one, and none is given longer than it had": func(t *testing.T, h Harness) {
		first, second, third := SigningKey(), SigningKey(), SigningKey()
		first.VerifiesUntil = Now.Add(time.Minute)
		second.SignsFrom, third.SignsFrom = Now.Add(time.Second), Now.Add(2*time.Second)
		h.insertKeys(t, first, second, third)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.SigningKeys.Retire(ctx, third.ID, Now.Add(time.Hour))
		})
		second.VerifiesUntil = Now.Add(time.Hour)
		h.keysAre(t, first, second, third)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.SigningKeys.Retire(ctx, third.ID, Now) })
		first.VerifiesUntil, second.VerifiesUntil = Now, Now
		h.keysAre(t, first, second, third)
	},
	"retired keys are deleted, as many as asked": func(t *testing.T, h Harness) {
		signs, verifies := SigningKey(), SigningKey()
		verifies.SignsFrom, verifies.VerifiesUntil = Now.Add(-time.Hour), Now
		h.insertKeys(t, signs, verifies)
		for range 3 {
			k := SigningKey()
			k.VerifiesUntil = Now.Add(-time.Second)
			h.insertKeys(t, k)
		}
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.SigningKeys.DeleteRetired(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		h.keysAre(t, verifies, signs)
	},
	"of many who find no key one makes it": func(t *testing.T, h Harness) {
		for i, err := range h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			keys, err := s.SigningKeys.Lock(ctx)
			if err != nil || len(keys) > 0 {
				return err
			}
			return s.SigningKeys.Insert(ctx, SigningKey())
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		equal(t, len(must[[]identity.SigningKey](t)(h.Reads.SigningKeys(t.Context()))), 1)
	},
}
