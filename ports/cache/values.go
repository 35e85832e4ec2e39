package cache

import (
	"context"
	"hash/maphash"
	"sync/atomic"
)

const (
	valueSlots   = 256
	maxValueSize = 64 << 10 // bytes of an entry whose value is kept
)

// Values is [FetchJSON] for what is read so often that reading its JSON again would cost
// more than the rest. It keeps the values of the entries that it met last, at most 256 of
// up to 64 KB each, and hands one out again as long as the cache hands out the very bytes
// that it was read from: the cache alone decides what is current. The zero value is ready,
// of one type of entries.
//
// A value is shared by all who fetch it: do not write to what it holds.
type Values[T any] struct {
	slots [valueSlots]atomic.Pointer[kept[T]]
}

type kept[T any] struct {
	data  []byte
	value T
}

var seed = maphash.MakeSeed()

// Fetch is FetchJSON.
func (v *Values[T]) Fetch(ctx context.Context, c Cache, key string, o Options, load func(ctx context.Context) (T, error)) (T, error) {
	slot := &v.slots[maphash.String(seed, key)%valueSlots]
	return fetchJSON(ctx, c, key, o, load, func(data []byte) (T, bool) {
		// Bytes that are held here are at no other's address.
		if k := slot.Load(); k != nil && len(k.data) == len(data) && &k.data[0] == &data[0] {
			return k.value, true
		}
		var none T
		return none, false
	}, func(data []byte, value T) {
		if len(data) > 0 && len(data) <= maxValueSize {
			slot.Store(&kept[T]{data, value})
		}
	})
}
