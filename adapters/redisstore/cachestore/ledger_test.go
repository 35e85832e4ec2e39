package cachestore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
)

const lease = time.Second

// get fetches a key that only some may see, or everybody.
func get(t *testing.T, c *cachestore.Cache, private bool, value string) string {
	t.Helper()
	o := options
	o.Shared = private
	key := "everybody's"
	if private {
		key = "somebody's"
	}
	got, err := c.Fetch(t.Context(), key, o, func(context.Context) ([]byte, error) { return []byte(value), nil })
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestFollow_BelievesWhatIsCachedOnlyWhileTheNotesAreRead(t *testing.T) {
	t.Parallel()
	c := mustNew(t, redistest.Start(t))
	c.Follow()
	for _, private := range []bool{true, false} {
		c.Seen(time.Now().Add(time.Hour)) // read for as long as this test takes
		get(t, c, private, "kept")
		if got := get(t, c, private, "loaded"); got != "kept" {
			t.Errorf("private %v: %q while the notes are read", private, got)
		}
		c.Seen(time.Now().Add(-2 * lease))
		if got := get(t, c, private, "loaded"); got != "loaded" {
			t.Errorf("private %v: %q long after they were read", private, got)
		}
	}
}

func TestAway_KeepsPagesAndNothingThatCanBeRevoked(t *testing.T) {
	t.Parallel()
	c := mustNew(t, redistest.Start(t))
	c.Follow()
	c.Seen(time.Now().Add(time.Hour))
	get(t, c, true, "kept")
	get(t, c, false, "kept")
	c.Seen(time.Now().Add(-2 * lease))
	c.Away(errors.New("the database does not answer"))
	if got := get(t, c, false, "loaded"); got != "kept" {
		t.Errorf("a page is %q", got)
	}
	if got := get(t, c, true, "loaded"); got != "loaded" {
		t.Errorf("a session is %q", got)
	}
}

func TestStale_EndsWhatRedisHoldsToo(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNew(t, server), mustNew(t, server)
	for _, c := range []*cachestore.Cache{here, there} {
		c.Follow()
		c.Seen(time.Now().Add(time.Hour))
	}
	for _, private := range []bool{true, false} {
		get(t, here, private, "old")
		get(t, there, private, "old")
		here.Stale(1, []string{"tag"}, false)
		if got := get(t, here, private, "new"); got != "new" {
			t.Errorf("private %v: %q after the note", private, got)
		}
		eventually(t, func() bool { return get(t, there, private, "new") == "new" })
	}
}

func TestStale_DoesNothingAboutWhatWasAnnounced(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNew(t, server), mustNew(t, server)
	for _, c := range []*cachestore.Cache{here, there} {
		c.Follow()
		c.Seen(time.Now().Add(time.Hour))
	}
	get(t, there, false, "old")
	here.Committed(7, []string{"tag"})
	if err := here.Invalidate(t.Context(), "tag"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return get(t, there, false, "new") == "new" })
	there.Stale(7, []string{"tag"}, false)
	if got := get(t, there, false, "loaded again"); got != "new" {
		t.Errorf("%q: one change was dealt with twice", got)
	}
}

// A change that Redis cannot announce is done only when nobody believes what it ended.
func TestInvalidate_WaitsForTheNotesToBeReadWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := mustNewHasty(t, server)
	c.Follow()
	c.Seen(time.Now())
	server.Refuse()
	committed := time.Now()
	c.Committed(1, []string{"tag"})
	if err := c.Invalidate(t.Context(), "tag", "other"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(committed); took < lease {
		t.Errorf("it was done after %v: another replica may believe its cache for %v", took, lease)
	}
	if err := c.Invalidate(t.Context(), "what no note tells of"); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c.Committed(2, []string{"tag"})
	if err := c.Invalidate(ended, "tag"); err != nil {
		t.Fatal(err) // returns, though nobody may have heard
	}
}

// Whoever made a change may have ended between the commit and the announcement.
func TestSeen_AnnouncesWhatNobodyDid(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNew(t, server), mustNew(t, server)
	for _, c := range []*cachestore.Cache{here, there} {
		c.Follow()
		c.Seen(time.Now().Add(time.Hour))
	}
	get(t, there, false, "old")
	here.Committed(1, []string{"tag"})
	eventually(t, func() bool {
		here.Seen(time.Now().Add(time.Hour))
		return get(t, there, false, "new") == "new"
	})
}

// What was cached of a database that is an earlier one now may never have happened.
func TestRewound_BelievesNothingFromBefore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNew(t, server), mustNew(t, server)
	for _, c := range []*cachestore.Cache{here, there} {
		c.Follow()
		c.Seen(time.Now().Add(time.Hour))
	}
	for _, private := range []bool{true, false} {
		get(t, here, private, "old")
		get(t, there, private, "old")
	}
	here.Rewound()
	for _, private := range []bool{true, false} {
		if got := get(t, here, private, "new"); got != "new" {
			t.Errorf("private %v: %q where it was found out", private, got)
		}
		eventually(t, func() bool { return get(t, there, private, "new") == "new" })
	}
	eventually(t, func() bool { return here.Waiting() == 0 })
	var n int
	eventually(t, func() bool { // and then it is kept again
		n++
		get(t, here, true, fmt.Sprint(n))
		return get(t, here, true, "loaded") != "loaded"
	})
}

// The id of a note that was announced, and lost, may be another one's.
func TestRewound_ForgetsWhichNotesWereAnnounced(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNew(t, server), mustNew(t, server)
	for _, c := range []*cachestore.Cache{here, there} {
		c.Follow()
		c.Seen(time.Now().Add(time.Hour))
	}
	get(t, there, false, "old")
	here.Committed(7, []string{"tag"})
	if err := here.Invalidate(t.Context(), "tag"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return get(t, there, false, "new") == "new" })
	there.Rewound()
	eventually(t, func() bool { return there.Waiting() == 0 })
	get(t, there, false, "newer")
	there.Stale(7, []string{"tag"}, false)
	if got := get(t, there, false, "newest"); got != "newest" {
		t.Errorf("%q: a note was taken for one that is lost", got)
	}
}
