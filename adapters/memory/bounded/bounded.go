// Package bounded keeps values in the memory of one process, bounded by bytes: what is
// read least goes first. It is what the caches of this program stand on, and the one
// package that compiles the library's generic code.
package bounded

import (
	"errors"
	"math"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

// overhead is about how many bytes an entry costs beside its key and its value.
const overhead = 200

// Entry is a value, what it was loaded after, and how long it is kept; zero: for ever.
// FreshUntil is when it is due to be loaded anew, though it is kept for longer; zero: never.
type Entry struct {
	Value      []byte
	Stamp      coherence.Stamp
	TTL        time.Duration
	FreshUntil time.Time
	Renewal    coherence.Renewal // of an entry that is not fresh
}

// Fresh reports whether the entry is to be handed out as it is.
func (e *Entry) Fresh() bool { return e.FreshUntil.IsZero() || time.Now().Before(e.FreshUntil) }

// Cache is safe for concurrent use. It is an interface so that what uses it is compiled
// without the library: its generic code takes a second for each package that sees it.
type Cache interface {
	// Get returns the entry of a key, without allocating. It must not be changed.
	Get(key string) (*Entry, bool)
	// Set keeps an entry in place of the one before. The cache keeps key and e themselves.
	Set(key string, e *Entry)
	// Clear forgets everything.
	Clear()
	// Size returns about how many bytes are kept.
	Size() uint64
	// Close ends the goroutines that look after expiry.
	Close()
}

// New makes a cache of about maxBytes. An entry that is larger than that is never kept.
func New(maxBytes int) (Cache, error) {
	if maxBytes <= 0 {
		return nil, errors.New("the size must be more than 0 bytes")
	}
	entries, err := otter.New(&otter.Options[string, *Entry]{
		MaximumWeight: uint64(maxBytes),
		Weigher: func(key string, e *Entry) uint32 {
			return uint32(min(uint64(len(key))+uint64(len(e.Value))+overhead, math.MaxUint32))
		},
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, *Entry]) time.Duration {
			if e.Value.TTL == 0 {
				return math.MaxInt64
			}
			return e.Value.TTL
		}),
	})
	if err != nil {
		return nil, err
	}
	return held{entries}, nil
}

type held struct{ entries *otter.Cache[string, *Entry] }

func (h held) Get(key string) (*Entry, bool) { return h.entries.GetIfPresent(key) }
func (h held) Set(key string, e *Entry)      { h.entries.Set(key, e) }
func (h held) Clear()                        { h.entries.InvalidateAll() }
func (h held) Size() uint64                  { return h.entries.WeightedSize() }
func (h held) Close()                        { h.entries.StopAllGoroutines() }
