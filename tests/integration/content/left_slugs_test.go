package content_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// heldBack is a unit of work whose transactions end when they are let go.
type heldBack struct {
	content.UnitOfWork
	written, letGo chan struct{}
}

// Do implements content.UnitOfWork.
func (h heldBack) Do(ctx context.Context, fn func(ctx context.Context, s content.Stores) error) error {
	return h.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		err := fn(ctx, s)
		close(h.written)
		<-h.letGo
		return err
	})
}

// TestWritePost_DoesNotTakeASlugThatIsBeingLeft begins a draft while another post is leaving
// its slug, in a transaction that ends when the draft waits for it. The slug leads to the post
// that had it from then on, so the draft does not get it.
func TestWritePost_DoesNotTakeASlugThatIsBeingLeft(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp))
	p := newTestApp(t, db)
	ben, eve := newAuthor("Ben"), newAuthor("Eve")
	post := p.publish(t, ben, contentapp.WritePost{Title: "One", Slug: "one"})
	p.write(t, eve, contentapp.WritePost{Title: "Other"}) // her profile is there

	held := heldBack{p.deps.UnitOfWork, make(chan struct{}), make(chan struct{})}
	deps := p.deps
	deps.UnitOfWork = held
	slow, err := contentapp.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	moved, begun := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := slow.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Slug: new("two")})
		moved <- err
	}()
	select {
	case <-held.written:
	case err := <-moved:
		t.Fatalf("the slug is not left: %v", err)
	}
	go func() {
		_, err := p.app.WritePost(ctx, eve, contentapp.WritePost{Title: "Mine", Slug: "one", Markdown: "Words.", Visibility: content.Public})
		begun <- err
	}()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for n := 0; n == 0 && len(begun) == 0; {
		if err := db.SQL().QueryRowContext(ctx, waiting).Scan(&n); err != nil {
			t.Errorf("the draft does not wait: %v", err)
			break
		}
	}
	close(held.letGo)
	if err := <-moved; err != nil {
		t.Errorf("leave the slug: %v", err)
	}
	if err := <-begun; !errors.Is(err, content.ErrSlugTaken) {
		t.Errorf("a draft takes the slug that leads to another post: %v", err)
	}
}
