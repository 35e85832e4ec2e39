// Package invalidations reads what changes have made stale, in the order in which they
// were committed, and hands it to this process's cache. It is the way by which a change
// reaches every replica when Redis does not carry it: the note of a change is a row of
// platform_invalidations, written in its transaction (see [entstore.Tx.Invalidate]).
//
// It promises that whatever was committed before the time that a [coherence.Reader] is
// told was handed over before, except what stayed in its commit for longer than gapKept. Polling costs one
// query on the primary key, works through a pooler of connections, and needs no
// connection that listens.
package invalidations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

const (
	// Interval is how often the notes are read.
	Interval = 200 * time.Millisecond
	// pollTimeout leaves a cache time to learn that the database is away before it
	// stops believing what it holds.
	pollTimeout = 700 * time.Millisecond

	page = 1000
	// gapKept is how long an id that was passed over may still appear: it was given out
	// before a later one, and its transaction commits after it, or never.
	gapKept = 30 * time.Second
	// kept is how long notes stay, pruned every pruneEvery. Who has not read them for
	// half of it takes everything for stale.
	kept       = time.Hour
	pruneEvery = 10 * time.Minute
)

// Log follows the notes of one database.
type Log struct {
	db     *entstore.DB
	origin string
	cache  coherence.Reader

	begun   bool
	last    int64
	anchor  note                // the one with the id last, once there is one; it is there at every reading
	missing map[int64]time.Time // ids below last that were not there, and since when
	read    time.Time           // when the last poll that succeeded began
	pruned  time.Time

	end     context.CancelFunc
	running sync.WaitGroup
}

// New makes a Log that reads from db. Origin is that of the handle by which this
// process writes.
func New(db *entstore.DB, origin string, reader coherence.Reader) (*Log, error) {
	if db == nil || origin == "" || reader == nil {
		return nil, errors.New("invalidations: the database, the origin or the cache is missing")
	}
	return &Log{db: db, origin: origin, cache: reader, missing: map[int64]time.Time{}}, nil
}

// Start polls until Close. The first poll has happened when it returns.
func (l *Log) Start(ctx context.Context) {
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	l.tryPoll(ctx)
	l.running.Go(func() {
		tick := time.NewTicker(Interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				l.tryPoll(ctx)
			}
		}
	})
}

// Close ends the polling.
func (l *Log) Close() error {
	if l.end != nil {
		l.end()
		l.running.Wait()
	}
	return nil
}

func (l *Log) tryPoll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	if err := l.Poll(ctx); err != nil && !errors.Is(context.Cause(ctx), context.Canceled) {
		l.cache.Away(err)
	}
}

// Poll hands over what was committed since the last one. The first begins with the
// latest notes, because a shared cache may hold what they made stale while nobody was
// there to tell it; and so does one that finds the database rewound.
func (l *Log) Poll(ctx context.Context) error {
	begun := time.Now()
	// After a failover a connection may still lead to the old primary, where nothing new
	// is noted: what it says of the present is not believed.
	if err := l.db.CanWrite(ctx); err != nil {
		return fmt.Errorf("invalidations: read: %w", err)
	}
	if !l.read.IsZero() && begun.Sub(l.read) > kept/2 {
		l.beginAnew()
		l.cache.Missed()
	}
	if !l.begun {
		last, err := l.latest(ctx)
		if err != nil {
			return err
		}
		l.last, l.begun = max(0, last-page), true
		if oldest, err := l.after(ctx, l.last, 1); err != nil {
			l.begun = false
			return err
		} else if len(oldest) > 0 { // what is below was pruned
			l.last = oldest[0].id - 1
		}
	}
	for id, since := range l.missing {
		if begun.Sub(since) > gapKept {
			delete(l.missing, id)
		}
	}
	switch err := l.follow(ctx, begun); {
	case errors.Is(err, errRewound):
		l.beginAnew()
		l.cache.Rewound()
		return l.Poll(ctx)
	case err != nil:
		return err
	}
	l.read = begun
	l.cache.Seen(begun)
	return l.prune(ctx, begun)
}

// beginAnew has the next reading begin with the latest notes, as the first one does.
func (l *Log) beginAnew() {
	l.begun, l.last, l.anchor = false, 0, note{}
	clear(l.missing)
}

// errRewound reports that a note which was read is no longer there.
var errRewound = errors.New("invalidations: the database is an earlier one than it was")

// follow hands over what is new. Every query begins with a note that was read before:
// when that is gone, or is another one, the ids are given out anew, and what is new may
// have an id that was passed long ago.
func (l *Log) follow(ctx context.Context, begun time.Time) error {
	from := l.last
	for id := range l.missing {
		from = min(from, id)
	}
	for {
		notes, err := l.after(ctx, from-1, page)
		if err != nil {
			return err
		}
		anchor := l.anchor
		for _, n := range notes {
			if n.id >= anchor.id && anchor.id > 0 {
				if n != anchor {
					return errRewound
				}
				anchor = note{} // found
			}
			l.take(n, begun)
			from = n.id
		}
		if len(notes) < page {
			if anchor.id > 0 {
				return errRewound
			}
			return nil
		}
	}
}

type note struct {
	id           int64
	origin, tags string
	at           string // as the database writes it
}

// take hands one note over, unless it was before.
func (l *Log) take(n note, now time.Time) {
	if n.id <= l.last {
		if _, missing := l.missing[n.id]; !missing {
			return
		}
		delete(l.missing, n.id)
	}
	if n.id-l.last > page { // a sequence that was set, not notes under way
		l.last = n.id - 1
	}
	for id := l.last + 1; id < n.id; id++ {
		l.missing[id] = now
	}
	if n.id > l.last {
		l.last, l.anchor = n.id, n
	}
	var tags []string
	if err := json.Unmarshal([]byte(n.tags), &tags); err != nil {
		l.cache.Missed() // another version wrote it: what it made stale cannot be known
		return
	}
	l.cache.Stale(n.id, tags, n.origin == l.origin)
}

func (l *Log) latest(ctx context.Context) (last int64, err error) {
	err = l.db.SQL().QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM platform_invalidations").Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("invalidations: read the latest: %w", err)
	}
	return last, nil
}

func (l *Log) after(ctx context.Context, id int64, limit int) (out []note, err error) {
	query := "SELECT id, origin, tags, CAST(at AS TEXT) FROM platform_invalidations WHERE id > ? ORDER BY id LIMIT ?"
	if l.db.Dialect() == entstore.Postgres {
		query = "SELECT id, origin, tags, extract(epoch from at)::text FROM platform_invalidations WHERE id > $1 ORDER BY id LIMIT $2"
	}
	rows, err := l.db.Queries().QueryContext(ctx, query, id, limit)
	if err != nil {
		return nil, fmt.Errorf("invalidations: read after %d: %w", id, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n note
		if err := rows.Scan(&n.id, &n.origin, &n.tags, &n.at); err != nil {
			return nil, fmt.Errorf("invalidations: read after %d: %w", id, err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// prune deletes old notes now and then. All replicas do: one statement on an index.
func (l *Log) prune(ctx context.Context, now time.Time) error {
	if l.pruned.IsZero() {
		l.pruned = now
	}
	if now.Sub(l.pruned) < pruneEvery {
		return nil
	}
	l.pruned = now
	return l.Prune(ctx, kept)
}

// Prune deletes the notes that are older than age by the database's clock, but for the
// newest of them: whoever has read no later one knows by it that the database is the same.
func (l *Log) Prune(ctx context.Context, age time.Duration) error {
	old := "at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ?1 || ' seconds')"
	if l.db.Dialect() == entstore.Postgres {
		old = "at < now() - make_interval(secs => $1)"
	}
	query := "DELETE FROM platform_invalidations WHERE " + old +
		" AND id < (SELECT max(id) FROM platform_invalidations WHERE " + old + ")"
	if _, err := l.db.SQL().ExecContext(ctx, query, age.Seconds()); err != nil {
		return fmt.Errorf("invalidations: prune: %w", err)
	}
	return nil
}
