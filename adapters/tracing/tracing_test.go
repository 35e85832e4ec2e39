package tracing

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

const (
	asks    = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	refuses = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
)

// collector takes what is posted to it.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*tracepb.Span
	posts   int
	header  http.Header
	answer  func(post int, w http.ResponseWriter) // nil: 200
	waited  []time.Duration
	blocked chan struct{} // nil: answers at once
}

func openCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.blocked != nil {
			<-c.blocked
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.posts++
		if c.answer != nil {
			c.answer(c.posts, w)
		}
		if r.URL.Path != "/v1/traces" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"))
		}
		c.header = r.Header
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Error(err)
		}
		var data tracepb.TracesData
		if err := proto.Unmarshal(raw, &data); err != nil {
			t.Error(err)
		}
		for _, of := range data.GetResourceSpans() {
			for _, scope := range of.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(c.Server.Close)
	return c
}

func (c *collector) tracer(t *testing.T, o Options) *Tracer {
	t.Helper()
	o.Endpoint, o.Service = c.URL, "forge"
	if o.wait == nil {
		o.wait = func(_ context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.waited = append(c.waited, d)
			return nil
		}
	}
	tr, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func mustClose(t *testing.T, tr *Tracer) {
	t.Helper()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTracer_MakesOneTraceOfWhatARequestDoes(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	tr := c.tracer(t, Options{Ratio: 1, Headers: map[string]string{"Authorization": "Bearer abc"}})
	begun := time.Now()
	r := tr.Request("POST", nil, begun)
	ctx := r.Within(t.Context())
	tr.Statement(ctx, "sqlite3", "SELECT `id` FROM `users` WHERE `email` = ?", begun, time.Millisecond, nil)
	tr.Redis(ctx, "evalsha", 1, begun, time.Millisecond, nil)
	tr.Redis(ctx, "get", 3, begun, time.Millisecond, errors.New("hunter2"))
	inside, end := tr.Transaction(ctx, "postgres")
	tr.Statement(inside, "postgres", `INSERT INTO "posts" ("title") VALUES ($1)`, begun, time.Millisecond, fault.New(fault.Conflict, "content.slug_taken", "hunter2"))
	tr.Enqueued(inside, "identity.mail", 2, begun, time.Millisecond, nil)
	kept := Traceparent(inside)
	end(nil)
	tr.Service(ctx, "payments stripe")(context.DeadlineExceeded)
	r.End("/posts/{slug}", 500, errors.New("hunter2"))

	run, done := tr.Job(WithTraceparent(t.Context(), kept), "identity.mail")
	sending, sent := tr.Mail(run)
	if Traceparent(sending) == "" {
		t.Error("what sends the mail is not traced")
	}
	sent(nil)
	done(nil)
	mustClose(t, tr)

	names := map[string]*tracepb.Span{}
	for _, s := range c.spans {
		names[s.GetName()] = s
		if fmt.Sprintf("%x", s.GetTraceId()) != r.TraceID() {
			t.Errorf("%s is of another trace", s.GetName())
		}
		if text := s.String(); strings.Contains(text, "hunter2") {
			t.Errorf("holds what may be a person's: %s", text)
		}
	}
	for child, parent := range map[string]string{
		"SELECT users": "POST /posts/{slug}", "EVALSHA": "POST /posts/{slug}", "PIPELINE GET": "POST /posts/{slug}",
		"transaction": "POST /posts/{slug}", "INSERT posts": "transaction", "enqueue identity.mail": "transaction", "call payments stripe": "POST /posts/{slug}",
		"job identity.mail": "transaction", "send mail": "job identity.mail",
	} {
		s, of := names[child], names[parent]
		if s == nil || of == nil || string(s.GetParentSpanId()) != string(of.GetSpanId()) {
			t.Errorf("%s is not below %s: have %v", child, parent, c.spans)
		}
	}
	if len(c.spans) != 10 || c.header.Get("Authorization") != "Bearer abc" {
		t.Errorf("%d spans with %v", len(c.spans), c.header)
	}
	for name, want := range map[string]string{
		"INSERT posts": "content.slug_taken", "PIPELINE GET": "error", "call payments stripe": "timeout", "POST /posts/{slug}": "error", "SELECT users": "", "transaction": "",
	} {
		got := ""
		for _, a := range names[name].GetAttributes() {
			if a.GetKey() == "error.type" {
				got = a.GetValue().GetStringValue()
			}
		}
		if failed := names[name].GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR; got != want || failed != (want != "") {
			t.Errorf("%s: failed %t, error.type %q, want %q", name, failed, got, want)
		}
	}
	if exported, unqueued, refused := tr.Counts(); exported != 10 || unqueued != 0 || refused != 0 {
		t.Errorf("counted %d, %d, %d", exported, unqueued, refused)
	}
}

func TestRequest_IsTracedByChanceWhateverTheTraceparentSays(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	none, all := c.tracer(t, Options{Ratio: 0}), c.tracer(t, Options{Ratio: 1})
	now := time.Unix(1_800_000_000, 0)
	for range 100 {
		for _, traceparent := range []string{"", asks, refuses} {
			if none.Request("GET", []byte(traceparent), now) != nil {
				t.Fatalf("%q has a request traced", traceparent)
			}
			r := all.Request("GET", []byte(traceparent), now)
			if r == nil || r.TraceID() == asks[3:35] {
				t.Fatalf("%q decides: %v", traceparent, r)
			}
		}
	}
	some := c.tracer(t, Options{Ratio: 0.5})
	traced := 0
	for range 10_000 {
		if some.Request("GET", []byte(asks), now) != nil {
			traced++
		}
	}
	if traced < 4_500 || traced > 5_500 {
		t.Errorf("%d of 10,000 at a ratio of a half", traced)
	}
}

func TestRequest_IsLinkedToTheTraceOfTheProxy(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	tr := c.tracer(t, Options{Ratio: 1})
	now := time.Unix(1_800_000_000, 0)
	for _, traceparent := range []string{asks, refuses, ""} {
		tr.Request("GET", []byte(traceparent), now).End("/", 200, nil)
	}
	mustClose(t, tr)
	linked := 0
	for _, s := range c.spans {
		if len(s.GetParentSpanId()) != 0 {
			t.Errorf("a span has the parent %x", s.GetParentSpanId())
		}
		for _, l := range s.GetLinks() {
			if linked++; hex.EncodeToString(l.GetTraceId()) != asks[3:35] || hex.EncodeToString(l.GetSpanId()) != asks[36:52] {
				t.Errorf("linked to %x, %x", l.GetTraceId(), l.GetSpanId())
			}
		}
	}
	if len(c.spans) != 3 || linked != 2 {
		t.Errorf("%d spans, %d links", len(c.spans), linked)
	}
}

func TestRequest_GoesOnWithTheTraceOfAProxyThatDecides(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	none, all := c.tracer(t, Options{Ratio: 0, ParentBased: true}), c.tracer(t, Options{Ratio: 1, ParentBased: true})
	now := time.Unix(1_800_000_000, 0)
	if none.Request("GET", nil, now) != nil || all.Request("GET", nil, now) == nil {
		t.Error("without a proxy's it is not by the ratio")
	}
	if all.Request("GET", []byte(refuses), now) != nil {
		t.Error("traced although the proxy decided otherwise")
	}
	if r := none.Request("GET", []byte(asks), now); r == nil || r.TraceID() != asks[3:35] {
		t.Fatalf("the proxy's trace does not go on: %v", r)
	}
}

// A proxy may pass on what a stranger wrote although it should not.
func TestRequest_BoundsHowManyMayAskToBeTraced(t *testing.T) {
	t.Parallel()
	tr := openCollector(t).tracer(t, Options{Ratio: 0, ParentBased: true})
	now := time.Unix(1_800_000_000, 0)
	for second := range 3 {
		var mu sync.Mutex
		var all sync.WaitGroup
		traced := 0
		for range 8 {
			all.Go(func() {
				for range 100 {
					if tr.Request("GET", []byte(asks), now.Add(time.Duration(second)*time.Second)) != nil {
						mu.Lock()
						traced++
						mu.Unlock()
					}
				}
			})
		}
		if all.Wait(); traced != askedPerSecond {
			t.Errorf("second %d: %d traced, want %d", second, traced, askedPerSecond)
		}
	}
}

func TestTracer_CostsNothingWhereNothingIsTraced(t *testing.T) { //nolint:paralleltest // it counts allocations
	tr := openCollector(t).tracer(t, Options{Ratio: 1e-18})
	deciding := openCollector(t).tracer(t, Options{Ratio: 1e-18, ParentBased: true})
	ctx, now := context.WithValue(t.Context(), t, t), time.Now()
	none := []byte(refuses)
	for name, f := range map[string]func(){
		"a request":           func() { tr.Request("GET", nil, now) },
		"one of a proxy":      func() { tr.Request("GET", []byte(asks), now) },
		"a refused one":       func() { deciding.Request("GET", none, now) },
		"a statement":         func() { tr.Statement(ctx, "postgres", "SELECT 1", now, 1, nil) },
		"a transaction":       func() { tr.Transaction(ctx, "postgres") },
		"a command of Redis":  func() { tr.Redis(ctx, "get", 1, now, 1, nil) },
		"a call of a service": func() { tr.Service(ctx, "mail") },
		"a mail":              func() { tr.Mail(ctx) },
		"a queued job":        func() { tr.Enqueued(ctx, "a.job", 1, now, 1, nil) },
		"a job":               func() { tr.Job(ctx, "a.job") },
		"what a job keeps":    func() { Traceparent(ctx) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestTracer_TriesAgainWhenTheCollectorAsksForIt(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	c.answer = func(post int, w http.ResponseWriter) {
		switch post {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2, 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	var changes []error
	tr := c.tracer(t, Options{Ratio: 1, Changed: func(err error) { changes = append(changes, err) }})
	tr.Request("GET", nil, time.Now()).End("/", 200, nil)
	mustClose(t, tr)
	if len(c.waited) != 3 || c.waited[0] != 7*time.Second || c.waited[1] < 1600*time.Millisecond || c.waited[1] > 2400*time.Millisecond || c.waited[2] < 3200*time.Millisecond {
		t.Errorf("waited %v", c.waited)
	}
	if exported, _, refused := tr.Counts(); exported != 1 || refused != 0 || len(changes) > 0 {
		t.Errorf("exported %d, refused %d, told %v", exported, refused, changes)
	}
}

func TestTracer_DropsWhatTheCollectorDoesNotTake(t *testing.T) {
	t.Parallel()
	for status, posts := range map[int]int{http.StatusServiceUnavailable: tries, http.StatusUnauthorized: 1, http.StatusFound: 1} {
		c := openCollector(t)
		c.answer = func(_ int, w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}
		var changes []error
		tr := c.tracer(t, Options{Ratio: 1, Changed: func(err error) { changes = append(changes, err) }})
		for range maxBatch + 1 { // two batches
			tr.Request("GET", nil, time.Now()).End("/", 200, nil)
		}
		mustClose(t, tr)
		if _, _, refused := tr.Counts(); refused != maxBatch+1 || c.posts != 2*posts || len(changes) != 1 || changes[0] == nil || strings.Contains(changes[0].Error(), c.URL) {
			t.Errorf("%d: %d refused in %d posts, told %v", status, refused, c.posts, changes)
		}
	}
}

func TestTracer_DropsAndCountsWhatTheQueueCannotHold(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	c.blocked = make(chan struct{})
	tr := c.tracer(t, Options{Ratio: 1, queue: 10})
	const all = 10 + 3*maxBatch
	for range all { // nobody waits, although nothing is taken
		tr.Request("GET", nil, time.Now()).End("/", 200, nil)
	}
	_, unqueued, _ := tr.Counts()
	if unqueued == 0 {
		t.Error("nothing was dropped")
	}
	close(c.blocked)
	mustClose(t, tr)
	exported, unqueued, _ := tr.Counts()
	if exported+unqueued != all || exported < 10 {
		t.Errorf("exported %d, dropped %d, of %d", exported, unqueued, all)
	}
}

// A collector that hangs must not keep the program from ending.
func TestTracer_EndsWithItsContextWhileTheCollectorHangs(t *testing.T) {
	t.Parallel()
	c := openCollector(t)
	c.blocked = make(chan struct{})
	defer close(c.blocked)
	tr := c.tracer(t, Options{Ratio: 1})
	tr.Request("GET", nil, time.Now()).End("/", 200, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.queue.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if _, _, refused := tr.Counts(); refused != 1 {
		t.Errorf("%d refused", refused)
	}
}

func TestNew_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	good := Options{Endpoint: "http://127.0.0.1:4318", Service: "forge", Ratio: 1}
	for name, spoil := range map[string]func(*Options){
		"no service":   func(o *Options) { o.Service = "" },
		"no address":   func(o *Options) { o.Endpoint = "127.0.0.1:4318" },
		"another kind": func(o *Options) { o.Endpoint = "grpc://127.0.0.1:4317" },
		"a ratio":      func(o *Options) { o.Ratio = 1.1 },
		"no ratio":     func(o *Options) { o.Ratio = -1 },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSummary_NamesWhatIsDoneToWhichTable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SELECT `posts`.`id` FROM `posts` WHERE `posts`.`slug` = ?": "SELECT posts",
		`INSERT INTO "posts" ("id") VALUES ($1)`:                    "INSERT posts",
		`insert into posts(id) values (1)`:                          "INSERT posts",
		"UPDATE `users` SET `name` = ?":                             "UPDATE users",
		`DELETE FROM "sessions" WHERE "id" = $1`:                    "DELETE sessions",
		"SELECT id FROM (SELECT 1)":                                 "SELECT",
		"SELECT pg_is_in_recovery()":                                "SELECT",
		"WITH a AS (SELECT 1) SELECT 1":                             "WITH",
		"":                                                          "statement",
		"  ":                                                        "statement",
	} {
		if got := summary(text); got != want {
			t.Errorf("%q: have %q, want %q", text, got, want)
		}
	}
}

func TestPlainName_IsThatOfTheUseCase(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"github.com/neoforge-dev/neoforge/modules/content/contentapp.(*App).Publish.func1": "contentapp.App.Publish",
		"example.com/a/modules/notices/noticesapp.App.Write":                               "noticesapp.App.Write",
		"example.com/a/modules/notices.List[...].func2.1":                                  "notices.List",
		"": "",
	} {
		if got := plainName(function); got != want {
			t.Errorf("%q: have %q, want %q", function, got, want)
		}
	}
}

func TestWithTraceparent_GoesOnWithNothingUnreadable(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "00", "00-" + strings.Repeat("g", 32) + "-00f067aa0ba902b7-01", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", strings.Repeat("x", 200)} {
		if ctx := WithTraceparent(t.Context(), text); Traceparent(ctx) != "" {
			t.Errorf("%q: goes on with %q", text, Traceparent(ctx))
		}
	}
	if got := Traceparent(WithTraceparent(t.Context(), asks)); got != asks {
		t.Errorf("have %q", got)
	}
}

func TestRetryAfter_ReadsSecondsAndDates(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{"": 0, "3": 3 * time.Second, "-1": 0, "soon": 0, "99999999": maxBackoff, "Mon, 02 Jan 2006 15:04:05 GMT": 0} {
		if got := retryAfter(value); got != want {
			t.Errorf("%q: have %s, want %s", value, got, want)
		}
	}
	if got := retryAfter(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)); got < 50*time.Minute {
		t.Errorf("an hour from now: %s", got)
	}
}
