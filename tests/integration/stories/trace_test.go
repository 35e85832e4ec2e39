package stories_test

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// collector takes traces as Jaeger or Tempo do (OTLP over HTTP).
type collector struct {
	mu    sync.Mutex
	spans []*tracepb.Span
}

func openCollector(t *testing.T) (*collector, string) {
	t.Helper()
	c := &collector{}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return c, s.URL
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	raw, err := io.ReadAll(z)
	var data tracepb.TracesData
	if err == nil {
		err = proto.Unmarshal(raw, &data)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range data.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// trace is the one whose root has the name, in the order of its spans' beginnings; empty
// until the root is there.
func (c *collector) trace(root string) []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var id []byte
	for _, s := range c.spans {
		if s.GetName() == root && len(s.GetParentSpanId()) == 0 {
			id = s.GetTraceId()
		}
	}
	var out []*tracepb.Span
	for _, s := range c.spans {
		if id != nil && string(s.GetTraceId()) == string(id) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *tracepb.Span) int { return int(a.GetStartTimeUnixNano()) - int(b.GetStartTimeUnixNano()) })
	return out
}

func named(spans []*tracepb.Span, begin string) *tracepb.Span {
	for _, s := range spans {
		if strings.HasPrefix(s.GetName(), begin) {
			return s
		}
	}
	return nil
}

// above lists the names from a span's parent to the root.
func above(spans []*tracepb.Span, s *tracepb.Span) (out []string) {
	for s != nil && len(s.GetParentSpanId()) > 0 {
		i := slices.IndexFunc(spans, func(p *tracepb.Span) bool { return string(p.GetSpanId()) == string(s.GetParentSpanId()) })
		if i < 0 {
			return append(out, "(missing)")
		}
		s = spans[i]
		out = append(out, s.GetName())
	}
	return out
}

// drawn is a trace as lines: when each span began, how long it took, what it is.
func drawn(spans []*tracepb.Span) string {
	var b strings.Builder
	for _, s := range spans {
		ms := func(ns uint64) float64 { return float64(ns) / float64(time.Millisecond) }
		fmt.Fprintf(&b, "%9.2f %8.2f  %s%s\n", ms(s.GetStartTimeUnixNano()-spans[0].GetStartTimeUnixNano()), ms(s.GetEndTimeUnixNano()-s.GetStartTimeUnixNano()),
			strings.Repeat("  ", len(above(spans, s))), s.GetName())
	}
	return b.String()
}

// TestTrace_LeadsFromARequestToItsMail follows an invitation: who answered it, what was
// asked of the databases, the job, and the mail.
func TestTrace_LeadsFromARequestToItsMail(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, mailURL := openPostOffice(t)
			traces, endpoint := openCollector(t)
			p := program.Start(t, program.Options{
				DatabaseURL: url(t), RedisURL: harness.Redis(t),
				Environ: []string{"MAIL_URL=" + mailURL, "MAIL_FROM=Site <site@example.com>", "OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint, "OTEL_TRACES_SAMPLER_ARG=1"},
			})
			traceOfAnInvitation(t, traces, p)
		})
	}
}

func traceOfAnInvitation(t *testing.T, traces *collector, p *program.Program) {
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}
	var organization struct{ ID string }
	ben.JSON("POST", "/api/v1/organizations", `{"name":"The workshop"}`, 201, &organization)
	ben.JSON("POST", "/api/v1/organizations/"+organization.ID+"/invitations", `{"email":"somebody@elsewhere.test","role":"staff"}`, 201, nil)
	const root = "POST /api/v1/organizations/{id}/invitations"

	var spans []*tracepb.Span
	ben.Eventually("the mail is traced", func() bool {
		spans = traces.trace(root)
		return named(spans, "call mail") != nil && named(spans, "send mail") != nil && named(spans, "job identity.") != nil
	}, func() { t.Errorf("have of %s:\n%s", root, drawn(spans)) })
	t.Logf("from click to mail:\n%s", drawn(spans))

	for begin, parents := range map[string][]string{
		"SELECT identity_sessions":             {root},
		"EVALSHA":                              {root},
		"transaction organizations.App.Invite": {root},
		"INSERT identity_invitations":          {"transaction organizations.App.Invite", root},
		"enqueue identity.send_mail":           {"transaction organizations.App.Invite", root},
		"job identity.send_mail":               {root},
		"send mail":                            {"job identity.send_mail", root},
		"call mail":                            {"send mail", "job identity.send_mail", root},
	} {
		s := named(spans, begin)
		if s == nil {
			t.Errorf("there is no %s", begin)
			continue
		}
		up := above(spans, s)
		for _, parent := range parents {
			if !slices.ContainsFunc(up, func(n string) bool { return strings.HasPrefix(n, parent) }) {
				t.Errorf("%s is below %q, want %s among them", s.GetName(), up, parent)
			}
		}
	}
	personal := []string{"ben", "somebody@", "workshop", organization.ID, "session=", "127.0.0.1", "nf:"}
	for _, s := range spans {
		said := s.GetName() + fmt.Sprint(s.GetAttributes(), s.GetStatus(), s.GetEvents())
		for _, text := range personal {
			if strings.Contains(strings.ToLower(said), text) {
				t.Errorf("%s holds %q: %s", s.GetName(), text, said)
			}
		}
	}
	if t.Failed() {
		return
	}

	// Each line of the request and of its job says in which trace it is.
	file := filepath.Join(t.TempDir(), "log")
	if err := p.KeepLog(file); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	id := hex.EncodeToString(spans[0].GetTraceId())
	for _, message := range []string{"request", "job"} {
		if !slices.ContainsFunc(strings.Split(string(log), "\n"), func(line string) bool {
			return strings.Contains(line, message) && strings.Contains(line, id)
		}) {
			t.Errorf("no line of the log about a %s names the trace %s", message, id)
		}
	}
}
