package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// growthTakes is the most that the row may take.
const growthTakes = 40 * time.Minute

// sizes are how many posts there are.
var sizes = []int{1_000, 100_000, 1_000_000}

const (
	growthRounds = 7
	growthRound  = 500 * time.Millisecond
	deepPage     = 25_000
)

// growth reads from the store of the posts itself, one read after another and nothing
// cached, when there are a thousand posts, a hundred thousand and a million. What is over
// the store costs the same however many there are. Of each read the quietest round counts.
func (b *bench) growth(ctx context.Context) error {
	dir, err := b.folder("growth")
	if err != nil {
		return err
	}
	file := "sqlite://" + filepath.Join(dir, "neoforge.db")
	if err := b.growthOn(ctx, dir, file, "SQLite", 0.4); err != nil {
		return err
	}
	database, err := openPostgres(ctx, forgetting)
	var absent absentError
	if errors.As(err, &absent) {
		b.report.omissions = append(b.report.omissions, omission{work: "growth on Postgres", why: absent.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	defer database.close(b.say)
	return b.growthOn(ctx, dir, database.url, "Postgres", 0.55)
}

func (b *bench) growthOn(ctx context.Context, dir, url, name string, least float64) (err error) {
	command := spec{name: "neoforge", bin: b.program, args: []string{"migrate", "up"}, env: newSettings(url).environ("production"), dir: dir}
	if _, err := command.run(ctx); err != nil {
		return err
	}
	db, err := entstore.Open(ctx, url, entstore.Options{MaxOpen: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	outbox, err := eventstore.New(db, noJobs{}, func() []events.Subscriber { return nil }, clock.System{}, uuidv7.Generator{})
	if err != nil {
		return err
	}
	store, err := contentstore.New(db, outbox)
	if err != nil {
		return err
	}
	g := grown{db: db, reads: store, writer: newWriter(), random: rand.New(rand.NewPCG(5, 6))}
	times := map[string][]time.Duration{}
	for _, posts := range sizes {
		b.say("%s: writing up to %s posts", name, count(float64(posts)))
		if err := g.fill(ctx, posts); err != nil {
			return fmt.Errorf("write posts: %w", err)
		}
		for _, read := range g.readings() {
			took, err := quietest(ctx, read.do)
			if err != nil {
				return fmt.Errorf("%s of %d: %w", read.name, posts, err)
			}
			times[read.name] = append(times[read.name], took)
			b.report.singles = append(b.report.singles, single{
				work: fmt.Sprintf("%s, %s posts: %s", name, count(float64(posts)), read.name), values: series{took.Seconds() * 1e6}, unit: "us",
			})
		}
	}
	ratio := func(of, over time.Duration) series { return series{over.Seconds() / of.Seconds()} }
	for _, read := range g.readings() {
		bound := goal{what: "throughput", bound: 0.85, unit: "x"}
		if read.point {
			bound.bound = least
		}
		first, last := times[read.name][0], times[read.name][len(sizes)-1]
		b.report.singles = append(b.report.singles, single{work: name + ", a million over a thousand: " + read.name, values: ratio(last, first), unit: "x", bound: &bound})
	}
	deep, err := g.deep(ctx)
	if err != nil {
		return err
	}
	took, err := quietest(ctx, deep)
	if err != nil {
		return err
	}
	front := times[frontPage][len(sizes)-1]
	b.report.singles = append(b.report.singles, single{
		work: fmt.Sprintf("%s: page %s over the first", name, count(deepPage)), values: ratio(front, took), unit: "x", bound: &goal{what: "time", bound: 2, most: true, unit: "x"},
	})
	return nil
}

// noJobs is the queue of a program that only reads.
type noJobs struct{}

func (noJobs) InsertTx(context.Context, *sql.Tx, ...jobs.Job) error {
	return errors.New("the bench only reads")
}
func (noJobs) DeadChanges(*sql.Tx) jobs.DeadChanges { return nil }

// grown is a database that grows.
type grown struct {
	db     *entstore.DB
	reads  content.Reads
	writer *writer
	random *rand.Rand
	posts  int
	places []cursor.Position // of every post, the oldest first
}

const frontPage = "the first page"

// reading is one way to read; point: of one post.
type reading struct {
	name  string
	point bool
	do    func(ctx context.Context) error
}

func (g *grown) readings() []reading {
	list := func(l content.Listing) func(ctx context.Context) error {
		return func(ctx context.Context) error { return g.list(ctx, l) }
	}
	return []reading{
		{"one post", true, func(ctx context.Context) error {
			_, err := g.reads.Published(ctx, string(appendSlug(nil, g.random.IntN(g.posts))))
			return err
		}},
		{frontPage, false, list(content.Listing{})},
		{"a page anywhere", false, func(ctx context.Context) error {
			return g.list(ctx, content.Listing{After: g.places[g.random.IntN(g.posts-listed)+listed]})
		}},
		{"the first page of a tag", false, list(content.Listing{Tag: g.writer.words[0]})},
		{"the first page of an author", false, list(content.Listing{Author: "bench"})},
	}
}

func (g *grown) list(ctx context.Context, l content.Listing) error {
	l.Limit = listed
	got, err := g.reads.List(ctx, l)
	if err == nil && len(got) != listed {
		err = fmt.Errorf("a page of %d posts instead of %d", len(got), listed)
	}
	return err
}

// deep is the page of that number, by the cursor that the one before it ends with.
func (g *grown) deep(ctx context.Context) (func(ctx context.Context) error, error) {
	at := g.places[g.posts-(deepPage-1)*listed]
	do := func(ctx context.Context) error { return g.list(ctx, content.Listing{After: at}) }
	return do, do(ctx)
}

// fill writes posts until there are so many, and leaves the database as it is some time
// after: Postgres has looked at its tables, SQLite never does.
func (g *grown) fill(ctx context.Context, posts int) error {
	if g.posts == 0 {
		if _, err := g.db.SQL().ExecContext(ctx, "INSERT INTO content_authors (id, handle, name) VALUES ($1, $2, $3)", g.writer.author, "bench", "The Bench"); err != nil {
			return err
		}
	}
	for g.posts < posts {
		if err := g.some(ctx, min(posts, g.posts+5000)); err != nil {
			return err
		}
	}
	if g.db.Dialect() != entstore.Postgres {
		return nil
	}
	_, err := g.db.SQL().ExecContext(ctx, "VACUUM (FREEZE, ANALYZE, PARALLEL 0) content_posts, content_post_tags")
	return err
}

// some writes posts in one transaction.
func (g *grown) some(ctx context.Context, until int) error {
	tx, err := g.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	columns := strings.Fields(postColumns)
	places := make([]string, len(columns))
	for i := range columns {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	insertPost, err := tx.PrepareContext(ctx, "INSERT INTO content_posts ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(places, ", ")+")")
	if err != nil {
		return err
	}
	defer insertPost.Close()
	insertTag, err := tx.PrepareContext(ctx, "INSERT INTO content_post_tags (id, tag, published_at, post_id) VALUES ($1, $2, $3, $4)")
	if err != nil {
		return err
	}
	defer insertTag.Close()
	for ; g.posts < until; g.posts++ {
		row, err := g.writer.post(g.posts)
		if err != nil {
			return err
		}
		id, at, tags := row[0].(uuid.UUID), row[6].(time.Time), row[11].([]string)
		if row[11], err = json.Marshal(tags); err != nil {
			return err
		}
		if _, err := insertPost.ExecContext(ctx, row...); err != nil {
			return err
		}
		for _, tag := range tags {
			if _, err := insertTag.ExecContext(ctx, g.writer.id(at), tag, at, id); err != nil {
				return err
			}
		}
		g.places = append(g.places, cursor.Position{At: at, ID: id.String()})
	}
	return tx.Commit()
}

// quietest is the time of one reading in the quietest of several rounds.
func quietest(ctx context.Context, do func(ctx context.Context) error) (time.Duration, error) {
	var best time.Duration
	for range growthRounds {
		began, n := time.Now(), 0
		for time.Since(began) < growthRound {
			if err := do(ctx); err != nil {
				return 0, err
			}
			n++
		}
		if took := time.Since(began) / time.Duration(n); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
