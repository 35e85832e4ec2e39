package cachestore

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

const (
	entryPrefix   = "nf:cache:"
	versionPrefix = "nf:tag:"
	// versionTTL outlasts every entry; a version that ends early stales its
	// entries, no more.
	versionTTL = 2 * cache.DefaultTTL

	versionSize = 8
	layout      = 1 // the first byte of an entry; another one is a miss
	headerSize  = 1 + 8 + 1
)

// newVersion is unlike any other: 64 random bits.
func newVersion() []byte { return binary.BigEndian.AppendUint64(nil, rand.Uint64()) }

// fetchFar reads the entry from Redis or loads it. ttl is how long it has to
// live; zero when it must not be kept.
func (c *Cache) fetchFar(ctx context.Context, key string, o cache.Options, s coherence.Stamp, load cache.Loader) (value []byte, ttl time.Duration, err error) {
	versions, trusted := [][]byte(nil), false
	if c.ledger.believes(o.Shared) && !c.queue.holds(o.Tags) {
		if value, ttl, versions, trusted = c.read(ctx, key, o.Tags); ttl > 0 {
			c.hits.Add(1)
			return value, ttl, nil
		}
	}
	c.misses.Add(1)
	c.loads.Add(1)
	begun := time.Now()
	if value, err = load(ctx); err != nil {
		return nil, 0, err
	}
	ttl = o.Lifetime()
	if trusted && c.generations.Current(s) {
		// Whether Redis took it is its own affair: without it the next one loads.
		deadline := begun.Add(ttl)
		_ = c.redis.Redis.Set(ctx, entryPrefix+key, encode(versions, deadline, value), ttl).Err()
	}
	return value, ttl, nil
}

// read looks the entry up. When there is none it returns the versions that a load
// beginning now belongs to; trusted is false when Redis could not say.
func (c *Cache) read(ctx context.Context, key string, tags []string) (value []byte, ttl time.Duration, versions [][]byte, trusted bool) {
	keys := make([]string, 1, 1+len(tags))
	keys[0] = entryPrefix + key
	for _, tag := range tags {
		keys = append(keys, versionPrefix+tag)
	}
	found, err := c.redis.Gather(ctx, keys...)
	if err != nil {
		return nil, 0, nil, false
	}
	versions = found[1:]
	if value, ttl, ok := decode(found[0], versions, time.Now()); ok {
		return value, ttl, versions, true
	}
	if err := c.establish(ctx, tags, versions); err != nil {
		return nil, 0, nil, false
	}
	return nil, 0, versions, true
}

// establish gives every tag a version, in Redis and in versions, unless another
// replica was first, and keeps them all from ending before the entry.
func (c *Cache) establish(ctx context.Context, tags []string, versions [][]byte) error {
	if len(tags) == 0 {
		return nil
	}
	gets := make([]*redis.StringCmd, len(tags))
	_, err := c.redis.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, tag := range tags {
			if versions[i] == nil {
				p.SetNX(ctx, versionPrefix+tag, newVersion(), versionTTL)
			} else {
				p.PExpire(ctx, versionPrefix+tag, versionTTL)
			}
			gets[i] = p.Get(ctx, versionPrefix+tag)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cachestore: versions of %s: %w", strings.Join(tags, ", "), err)
	}
	for i, get := range gets {
		if versions[i], err = get.Bytes(); err != nil {
			return fmt.Errorf("cachestore: version of %s: %w", tags[i], err)
		}
	}
	return nil
}

// encode writes layout, deadline in Unix milliseconds, number of versions, the
// versions, and the value.
func encode(versions [][]byte, deadline time.Time, value []byte) []byte {
	out := make([]byte, 0, headerSize+versionSize*len(versions)+len(value))
	out = append(out, layout)
	out = binary.BigEndian.AppendUint64(out, uint64(deadline.UnixMilli()))
	out = append(out, byte(len(versions)))
	for _, v := range versions {
		out = append(out, v...)
	}
	return append(out, value...)
}

// decode reads what encode wrote; ok only when the entry has time left and was
// written under these versions.
func decode(data []byte, versions [][]byte, now time.Time) (value []byte, ttl time.Duration, ok bool) {
	if len(data) < headerSize || data[0] != layout || int(data[headerSize-1]) != len(versions) {
		return nil, 0, false
	}
	ttl = time.UnixMilli(int64(binary.BigEndian.Uint64(data[1:]))).Sub(now)
	data = data[headerSize:]
	if ttl <= 0 || ttl > cache.DefaultTTL+time.Hour || len(data) < versionSize*len(versions) {
		return nil, 0, false
	}
	for _, v := range versions {
		if len(v) != versionSize || string(data[:versionSize]) != string(v) {
			return nil, 0, false
		}
		data = data[versionSize:]
	}
	return data, ttl, true
}
