package cachestore

import "testing"

// The answer to a commit can be lost on its way: the note is there, and nobody was told
// of it here.
func TestStale_TakesAnOwnNoteThatWasNeverSaidToBeCommitted(t *testing.T) {
	t.Parallel()
	c := &Cache{queue: newQueue(), ledger: newLedger()}
	c.Follow()
	before := c.generations.Observe([]string{"session:x"})
	c.Stale(7, []string{"session:x"}, true)
	if c.generations.Current(before) {
		t.Error("what the commit made stale is believed here")
	}
}
