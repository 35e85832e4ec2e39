package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	indexPostsJob = "content.index_posts"
	pruneWordsJob = "content.prune_search_words"
	indexBatch    = 100 // posts that are looked up at once
	pruneBatch    = 200 // words
	// indexFor is for how long one run enters posts; then others of its queue have their turn.
	indexFor = 4 * time.Minute
)

var errMoreToIndex = errors.New("there are more posts to enter into the index")

// searchHandlers is the work on the index of words that is done later.
func (a *App) searchHandlers() []jobs.Handler {
	return []jobs.Handler{
		{
			Kind: indexPostsJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, _ []byte) error { return a.indexPosts(ctx) },
		},
		{
			Kind: pruneWordsJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, _ []byte) error { return a.pruneSearchWords(ctx) },
		},
	}
}

// searchSchedules queues it when the program starts, too: after an upgrade no post is in
// the index yet, or all are as an older release made their words, and replicas of it may
// save posts meanwhile.
func searchSchedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: indexPostsJob, Every: time.Hour}, {Kind: pruneWordsJob, Every: 7 * 24 * time.Hour}}
}

// indexPosts enters every post anew that the index does not have as it is. Each post is
// committed by itself, so that a run that is broken off goes on where it was, nobody who
// saves waits for long, and a post that fails keeps no other out. How far it is, the
// figures say.
func (a *App) indexPosts(ctx context.Context) error {
	var faults []error
	began := a.clock.Now()
	for after := content.PostID(""); ; {
		ids, err := a.reads.Unindexed(ctx, after, indexBatch)
		if err != nil || len(ids) == 0 {
			return errors.Join(append(faults, err)...)
		}
		for _, id := range ids {
			err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Search.Index(ctx, id) })
			if err != nil {
				if ctx.Err() != nil {
					return errors.Join(append(faults, err)...)
				}
				faults = append(faults, fmt.Errorf("index post %s: %w", id, err))
			}
			after = id
		}
		if len(faults) == 0 && a.clock.Now().Sub(began) > indexFor {
			return &jobs.Postponed{For: time.Second, Reason: errMoreToIndex}
		}
	}
}

// SearchCounts counts the published posts and those that a search finds, for operators.
func (a *App) SearchCounts(ctx context.Context) (published, indexed int, err error) {
	return a.reads.SearchCounts(ctx)
}

// pruneSearchWords takes words from those that are offered for mistyped ones that stand in
// no text any more which everybody may read. They are offered to nobody before that either.
func (a *App) pruneSearchWords(ctx context.Context) error {
	for last := ""; ; {
		err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) (err error) {
			last, err = s.Search.PruneWords(ctx, last, pruneBatch)
			return err
		})
		if err != nil || last == "" {
			return err
		}
	}
}

// compactSearch has the words of what was erased leave the file of the index, in steps that
// keep nobody else waiting.
func (a *App) compactSearch(ctx context.Context) error {
	for done := false; !done; {
		err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) (err error) {
			done, err = s.Search.Compact(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("compact the index of posts: %w", err)
		}
	}
	return nil
}
