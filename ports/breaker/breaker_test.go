package breaker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

var errAway = errors.New("no answer \x00")

func opened(t *testing.T, o breaker.Options) (*breaker.Breaker, *clock.Adjustable, *[]breaker.State) {
	t.Helper()
	c := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	var seen []breaker.State
	return breaker.New("the mail server", c, o, func(s breaker.Status) { seen = append(seen, s.State) }), c, &seen
}

func call(t *testing.T, b *breaker.Breaker, answer error) error {
	t.Helper()
	return b.Do(t.Context(), func(context.Context) error { return answer })
}

func TestBreaker_OpensHalfOpensAndCloses(t *testing.T) {
	t.Parallel()
	b, c, seen := opened(t, breaker.Options{Failures: 3, Rest: 10 * time.Second, MostRest: 30 * time.Second})
	for _, answer := range []error{errAway, errAway, nil, errAway, errAway, errAway} { // three in a row
		if err := call(t, b, answer); !errors.Is(err, answer) {
			t.Fatalf("have %v, want %v", err, answer)
		}
	}
	refused := func(after time.Duration) {
		t.Helper()
		err := b.Do(t.Context(), func(context.Context) error {
			t.Error("the service was called while it is left alone")
			return nil
		})
		var open *breaker.OpenError
		if !errors.As(err, &open) || open.RetryAfter != after || fault.KindOf(err) != fault.Unavailable || b.Wait() != after {
			t.Fatalf("have %v, want refused for %s", err, after)
		}
	}
	refused(10 * time.Second)
	c.Advance(9 * time.Second)
	refused(time.Second)
	c.Advance(time.Second)
	if b.Wait() != 0 {
		t.Error("nobody may try it after the rest")
	}
	if err := call(t, b, errAway); !errors.Is(err, errAway) { // the one that is let through
		t.Fatal(err)
	}
	refused(20 * time.Second)
	c.Advance(20 * time.Second)
	_ = call(t, b, errAway)
	refused(30 * time.Second) // no longer than that
	c.Advance(30 * time.Second)

	done, err := b.Allow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s := b.Status(); s.State != breaker.HalfOpen {
		t.Errorf("have %+v", s)
	}
	refused(30 * time.Second) // while the one is under way
	done(breaker.Abandoned, nil)
	if err := call(t, b, nil); err != nil { // the one that gave up is followed by another
		t.Fatal(err)
	}
	done(breaker.Failed, errAway) // said once already
	s := b.Status()
	if s.State != breaker.Closed || s.Answered != 2 || s.Failed != 7 || s.Opened != 3 || s.Refused != 5 || s.LastError != "no answer \uFFFD" || !s.RetryAt.IsZero() || !s.FailedAt.Equal(c.Now().Add(-30*time.Second)) {
		t.Errorf("have %+v", s)
	}
	if want := []breaker.State{"open", "half_open", "open", "half_open", "open", "half_open", "closed"}; !slices.Equal(*seen, want) {
		t.Errorf("told %q, want %q", *seen, want)
	}
	for range 2 { // it begins anew: with a full row and the first rest
		_ = call(t, b, errAway)
	}
	if err := call(t, b, errAway); !errors.Is(err, errAway) {
		t.Fatal(err)
	}
	refused(10 * time.Second)
}

func TestBreaker_TriesAgainWhenTheOneThatWasLetThroughNeverSaysHowItWent(t *testing.T) {
	t.Parallel()
	b, c, _ := opened(t, breaker.Options{Failures: 1, Rest: 10 * time.Second})
	_ = call(t, b, errAway)
	c.Advance(10 * time.Second)
	if _, err := b.Allow(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Advance(10 * time.Second)
	if err := call(t, b, nil); err != nil || b.Status().State != breaker.Closed {
		t.Errorf("have %v, %+v", err, b.Status())
	}
}

// A call that began before the breaker opened, or before it closed again, tells nothing
// of how the service is now.
func TestBreaker_IsDecidedByNoCallFromBefore(t *testing.T) {
	t.Parallel()
	begin := func(b *breaker.Breaker) func(breaker.Outcome, error) {
		t.Helper()
		done, err := b.Allow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	for name, outcome := range map[string]breaker.Outcome{"answered": breaker.Answered, "failed": breaker.Failed, "abandoned": breaker.Abandoned} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, c, _ := opened(t, breaker.Options{Failures: 2, Rest: 10 * time.Second})
			first, second, third := begin(b), begin(b), begin(b)
			_ = call(t, b, errAway)
			_ = call(t, b, errAway)
			first(outcome, errAway)
			if b.Status().State != breaker.Open || b.Wait() != 10*time.Second {
				t.Errorf("open: have %+v", b.Status())
			}
			c.Advance(10 * time.Second)
			probe := begin(b)
			second(outcome, errAway)
			if s := b.Status(); s.State != breaker.HalfOpen || b.Wait() != 10*time.Second || s.Opened != 1 {
				t.Errorf("half open: have %+v", s)
			}
			if _, err := b.Allow(t.Context()); !errors.Is(err, breaker.ErrOpen) {
				t.Errorf("beside the one that was let through: %v", err)
			}
			probe(breaker.Answered, nil)
			_ = call(t, b, errAway) // one of two in a row
			third(outcome, errAway)
			if s := b.Status(); s.State != breaker.Closed || s.Opened != 1 {
				t.Errorf("closed again: have %+v", s)
			}
			if _ = call(t, b, errAway); b.Status().State != breaker.Open {
				t.Errorf("two failures in a row: have %+v", b.Status())
			}
		})
	}
}

// A service that answers later than the rest lasts is back all the same.
func TestBreaker_IsClosedByAnEarlierOneOfThoseThatWereLetThrough(t *testing.T) {
	t.Parallel()
	b, c, _ := opened(t, breaker.Options{Failures: 1, Rest: 10 * time.Second})
	_ = call(t, b, errAway)
	var probes []func(breaker.Outcome, error)
	for range 2 {
		c.Advance(10 * time.Second)
		done, err := b.Allow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		probes = append(probes, done)
	}
	probes[0](breaker.Answered, nil)
	if s := b.Status(); s.State != breaker.Closed {
		t.Errorf("have %+v", s)
	}
	probes[1](breaker.Failed, errAway) // it began before that answer
	if s := b.Status(); s.State != breaker.Closed || s.Opened != 1 {
		t.Errorf("have %+v", s)
	}
}

func TestStatus_TellsWhenItWasAnsweredLast(t *testing.T) {
	t.Parallel()
	b, c, _ := opened(t, breaker.Options{})
	if s := b.Status(); !s.AnsweredAt.IsZero() || !s.FailedAt.IsZero() {
		t.Errorf("before the first call: %+v", s)
	}
	_ = call(t, b, nil)
	c.Advance(time.Minute)
	_ = call(t, b, errAway)
	if s := b.Status(); s.FailedAt.Sub(s.AnsweredAt) != time.Minute || !s.FailedAt.Equal(c.Now()) {
		t.Errorf("have %+v", s)
	}
}

func TestBreaker_CountsNeitherWhoGaveUpNorWhatIsAnAnswer(t *testing.T) {
	t.Parallel()
	b, _, _ := opened(t, breaker.Options{Failures: 1})
	_ = call(t, b, fmt.Errorf("read: %w", context.Canceled))
	refused := errors.New("no such person")
	err := b.DoWhere(t.Context(), func(context.Context) error { return refused }, func(err error) bool { return errors.Is(err, errAway) })
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = b.Do(t.Context(), func(context.Context) error { panic("a defect of the caller") })
	}()
	if s := b.Status(); s.State != breaker.Closed || s.Answered != 1 || s.Failed != 0 {
		t.Errorf("have %+v", s)
	}
}

func TestSet_HasOneBreakerForAService(t *testing.T) {
	t.Parallel()
	s := breaker.NewSet(clock.System{}, nil)
	mail := s.Breaker("mail", breaker.Options{Failures: 1})
	if s.Breaker("payments", breaker.Options{}) == mail || s.Breaker("mail", breaker.Options{}) != mail {
		t.Error("breakers are mixed up")
	}
	_ = call(t, mail, errAway)
	if all := s.Statuses(); len(all) != 2 || all[0].Service != "mail" || all[0].State != breaker.Open || all[1].State != breaker.Closed {
		t.Errorf("have %+v", all)
	}
}

func TestTransport_CountsAnswersByTheirStatusAndTheirEnd(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/broken":
			w.WriteHeader(http.StatusBadGateway)
		case "/many":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/absent":
			w.WriteHeader(http.StatusNotFound)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "begun")
		}
	}))
	t.Cleanup(server.Close)
	b, _, _ := opened(t, breaker.Options{Failures: 3})
	client := &http.Client{Transport: breaker.Transport(b, server.Client().Transport)}
	ask := func(path string) error {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			return err
		}
		_, err = io.ReadAll(resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	for _, path := range []string{"/broken", "/many", "/absent", "/", "/broken", "/many"} {
		if err := ask(path); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if err := ask("/cut"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("have %v", err)
	}
	if err := ask("/"); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("have %v", err)
	}
	if s := b.Status(); s.Answered != 2 || s.Failed != 5 || s.Refused != 1 {
		t.Errorf("have %+v", s)
	}
}

func TestSet_ChecksEveryCallBeforehand(t *testing.T) {
	t.Parallel()
	errRefused := errors.New("not now")
	s := breaker.NewSet(clock.System{}, nil)
	s.Check(func(_ context.Context, service string) error {
		if service == "mail" {
			return errRefused
		}
		return nil
	})
	for range 20 {
		err := s.Breaker("mail", breaker.Options{}).Do(t.Context(), func(context.Context) error {
			t.Error("a call that was refused was made")
			return nil
		})
		if !errors.Is(err, errRefused) {
			t.Fatal(err)
		}
	}
	if have := s.Breaker("mail", breaker.Options{}).Status(); have.State != breaker.Closed || have.Failed+have.Refused+have.Answered != 0 {
		t.Errorf("%+v", have)
	}
	if err := s.Breaker("payments", breaker.Options{}).Do(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestSet_TellsWhoWatchesOfEachCallThatGoesThrough(t *testing.T) {
	t.Parallel()
	s := breaker.NewSet(clock.System{}, nil)
	var begun []string
	var ended []error
	s.Watch(func(_ context.Context, service string) func(error) {
		begun = append(begun, service)
		if len(begun) == 1 {
			return nil // nobody asks how this one ends
		}
		return func(err error) { ended = append(ended, err) }
	})
	b := s.Breaker("mail", breaker.Options{Failures: 1})
	_ = call(t, b, nil)
	_ = call(t, b, nil)
	func() {
		defer func() { _ = recover() }()
		_ = b.Do(t.Context(), func(context.Context) error { panic("broken") })
	}()
	_ = call(t, b, errAway)
	_ = call(t, b, nil) // refused
	if !slices.Equal(begun, []string{"mail", "mail", "mail", "mail"}) {
		t.Errorf("begun: %q", begun)
	}
	if len(ended) != 3 || ended[0] != nil || ended[1] == nil || !errors.Is(ended[2], errAway) {
		t.Errorf("ended: %v", ended)
	}
}
