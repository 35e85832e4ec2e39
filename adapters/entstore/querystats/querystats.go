// Package querystats counts what the statements of a database take, and tells of those
// that are slow, some with their plan.
//
// It promises bounded memory and a bounded log, however many statements come and however
// slow they are, and that neither holds an argument of a statement: these are people's
// data.
package querystats

import (
	"container/list"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

const (
	maxTexts     = 500
	maxText      = 4 << 10 // bytes of a text that are kept
	maxPlan      = 8 << 10 // bytes of a plan that are told
	linesAMinute = 30
	planEvery    = 10 * time.Minute // of one text
	planTimeout  = 2 * time.Second
)

// Options of New. OnSlow and OnPlan get the context of who asked, which may be over.
type Options struct {
	Slow    time.Duration                                                                 // from where on a statement is told of; zero: none is
	Work    func(ctx context.Context) string                                              // the route or the job that asks; empty: neither
	Explain func(ctx context.Context, text string, parameters int) (plan string, _ error) // see [entstore.DB.Explain]
	OnSlow  func(ctx context.Context, s Slow)                                             // writes a line
	OnPlan  func(ctx context.Context, s Slow, plan string, err error)                     // writes its plan, or why there is none
}

// Slow is a statement that was slow.
type Slow struct {
	Text          string // the lengths of lists left out
	Work          string // see Options
	Took          time.Duration
	InTransaction bool
	LeftOut       int // slow statements before this one, for which there was no line
}

// Query is what the runs of one statement took, since the start of this process or since it
// was seen again after a long time.
type Query struct {
	Text   string // the lengths of lists left out
	Work   string // who asked when it was slowest
	Calls  uint64
	Failed uint64
	Total  time.Duration
	Max    time.Duration
}

// Stats is what a process knows of its statements.
type Stats struct {
	options Options
	ending  context.Context //nolint:containedctx // that of what runs beside requests
	end     context.CancelFunc

	mu      sync.Mutex
	queries map[string]*list.Element // of *entry, by text
	recent  *list.List               // the latest first
	minute  time.Time                // when the minute began that lines are counted in
	lines   int                      // of that minute
	leftOut int                      // slow ones that no line was written for, since the last line
	closed  bool

	explaining sync.Mutex     // one plan at a time
	plans      sync.WaitGroup // under way
}

type entry struct {
	key     string
	query   Query
	planned time.Time // when its plan was logged last
}

// New makes Stats of no statement. Close ends what it does beside requests.
func New(o Options) *Stats {
	s := &Stats{options: o, queries: map[string]*list.Element{}, recent: list.New()}
	s.ending, s.end = context.WithCancel(context.Background())
	return s
}

// Close waits for a plan that is asked for, which it interrupts.
func (s *Stats) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.plans.Wait()
	return nil
}

// Observe counts a statement that was run, and tells of it where it was slow. It is for
// [entstore.DB.Watch].
func (s *Stats) Observe(ctx context.Context, st entstore.Statement) {
	slow := s.options.Slow > 0 && st.Took >= s.options.Slow
	now := st.Begun.Add(st.Took)
	key := st.Text
	if len(key) > maxText {
		key = shortened(st.Text)
	}
	s.mu.Lock()
	e := s.entryOf(key)
	e.query.Calls++
	if st.Err != nil && !errors.Is(st.Err, context.Canceled) {
		e.query.Failed++
	}
	e.query.Total += st.Took
	if st.Took > e.query.Max {
		e.query.Max, e.query.Work = st.Took, s.options.Work(ctx)
	}
	leftOut, logged := 0, false
	if slow {
		leftOut, logged = s.line(now)
	}
	planned := logged && !s.closed && now.Sub(e.planned) >= planEvery && s.explaining.TryLock()
	if planned {
		e.planned = now
		s.plans.Add(1)
	}
	text := e.query.Text
	s.mu.Unlock()
	if !logged {
		return
	}
	told := Slow{Text: text, Work: s.options.Work(ctx), Took: st.Took, InTransaction: st.InTransaction, LeftOut: leftOut}
	s.options.OnSlow(ctx, told)
	if planned {
		go s.plan(ctx, told, key, st.Text, len(st.Args))
	}
}

// entryOf is that of a text, which is the latest now.
func (s *Stats) entryOf(key string) *entry {
	if at, known := s.queries[key]; known {
		s.recent.MoveToFront(at)
		return at.Value.(*entry)
	}
	e := &entry{key: key, query: Query{Text: shortened(key)}}
	s.queries[key] = s.recent.PushFront(e)
	if s.recent.Len() > maxTexts {
		oldest := s.recent.Back()
		delete(s.queries, oldest.Value.(*entry).key)
		s.recent.Remove(oldest)
	}
	return e
}

// line says whether the log has room for one more line in this minute, and for how many
// it had none since the last.
func (s *Stats) line(now time.Time) (leftOut int, ok bool) {
	if since := now.Sub(s.minute); since >= time.Minute || since < -time.Minute {
		s.minute, s.lines = now, 0
	}
	if s.lines >= linesAMinute {
		s.leftOut++
		return 0, false
	}
	s.lines++
	leftOut, s.leftOut = s.leftOut, 0
	return leftOut, true
}

// plan tells how the database runs a statement that was slow: beside the request, which has
// waited long enough.
func (s *Stats) plan(asked context.Context, told Slow, key, text string, parameters int) {
	defer s.plans.Done()
	defer s.explaining.Unlock()
	ctx, cancel := context.WithTimeout(s.ending, planTimeout)
	defer cancel()
	plan, err := s.options.Explain(ctx, text, parameters)
	if errors.Is(err, entstore.ErrNoneToSpare) {
		s.askAgain(key)
		return
	}
	if errors.Is(err, entstore.ErrNotExplained) || s.ending.Err() != nil {
		return
	}
	s.options.OnPlan(asked, told, plan[:min(len(plan), maxPlan)], err)
}

// askAgain has the plan of a text be asked for when it is slow the next time: requests needed
// the connections now.
func (s *Stats) askAgain(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, known := s.queries[key]; known {
		at.Value.(*entry).planned = time.Time{}
	}
}

var (
	listOf = regexp.MustCompile(`\((?:\$\d+|\?)(?:,\s*(?:\$\d+|\?))+\)`)
	rowsOf = regexp.MustCompile(`\(…\)(?:,\s*\(…\))+`)
)

// shortened is a text without the lengths of its lists, so that statements which differ in
// nothing else are one.
func shortened(text string) string {
	text = rowsOf.ReplaceAllString(listOf.ReplaceAllString(text, "(…)"), "(…)")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
