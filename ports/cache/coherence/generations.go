// Package coherence is what keeps a cache honest whatever stores its entries:
// [Generations] tell whether an entry was loaded before an invalidation, and
// [Flights] let one load serve everybody who asks meanwhile. Every adapter of
// ports/cache is built on it. It promises that nothing whose load began before
// an invalidation of one of its tags is taken for current after it.
package coherence

import "sync/atomic"

// slots is how many counters the tags share. Two tags that fall on one counter
// stale each other, which costs a load and nothing else; in return the memory is
// fixed however many tags there ever are.
const slots = 1 << 15

// Generations counts invalidations by tag. The zero value is ready.
type Generations struct {
	all  atomic.Uint64
	tags [slots]atomic.Uint64
}

// Stamp is the state of some tags at one moment.
type Stamp struct {
	all  uint64
	tags []mark
}

type mark struct {
	slot uint32
	seen uint64
}

// Observe stamps the tags. Take the stamp before the load begins.
func (g *Generations) Observe(tags []string) Stamp {
	s := Stamp{all: g.all.Load()}
	if len(tags) > 0 {
		s.tags = make([]mark, len(tags))
		for i, tag := range tags {
			slot := slotOf(tag)
			s.tags[i] = mark{slot: slot, seen: g.tags[slot].Load()}
		}
	}
	return s
}

// Current reports whether no tag of the stamp was invalidated since.
func (g *Generations) Current(s Stamp) bool {
	if g.all.Load() != s.all {
		return false
	}
	for _, m := range s.tags {
		if g.tags[m.slot].Load() != m.seen {
			return false
		}
	}
	return true
}

// Advance invalidates the tags.
func (g *Generations) Advance(tags ...string) {
	for _, tag := range tags {
		g.tags[slotOf(tag)].Add(1)
	}
}

// AdvanceAll invalidates every stamp ever taken.
func (g *Generations) AdvanceAll() { g.all.Add(1) }

// slotOf is FNV-1a, folded. It is the same in every process, so that a test that
// passes once passes always.
func slotOf(tag string) uint32 {
	h := uint32(2166136261)
	for i := range len(tag) {
		h = (h ^ uint32(tag[i])) * 16777619
	}
	return (h ^ h>>15) % slots
}
