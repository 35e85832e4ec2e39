package mailer

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	port "github.com/neoforge-dev/neoforge/ports/mail"
)

func TestGuarded_LeavesAServerAloneThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, &server{}) // cuts every connection at RCPT
	c := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	b := breaker.New("mail", c, Guard, nil)
	g := NewGuarded(mustSMTP(t, s.url("")), b)
	for range Guard.Failures {
		var later *jobs.Postponed
		if err := g.Send(t.Context(), message); err == nil || errors.As(err, &later) {
			t.Fatalf("have %v", err)
		}
	}
	before, _ := s.heard()
	var later *jobs.Postponed
	if err := g.Send(t.Context(), message); !errors.As(err, &later) || later.For != 30*time.Second || !errors.Is(err, breaker.ErrOpen) {
		t.Fatalf("have %v", err)
	}
	if after, _ := s.heard(); len(after) != len(before) {
		t.Error("the server was called while it is left alone")
	}
	c.Advance(30 * time.Second)
	if err := NewGuarded(mustSMTP(t, serve(t, "250 ok", false).url("")), b).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if got := b.Status().State; got != breaker.Closed {
		t.Errorf("the breaker is %s", got)
	}
}

func TestGuarded_TellsAServerThatIsAwayFromOneThatTakesNotThisMail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *server
		want   breaker.State
	}{
		"refused for good":          {&server{rcpt: "550 no such user"}, breaker.Closed},
		"refused for now":           {&server{rcpt: "450 busy"}, breaker.Closed},
		"the sender is refused":     {&server{mail: "501 no", rcpt: "250 ok"}, breaker.Closed},
		"the mail is not taken now": {&server{rcpt: "250 ok", data: "451 later"}, breaker.Closed},
		"closing":                   {&server{rcpt: "421 closing"}, breaker.Open},
		"cut at the end":            {&server{rcpt: "250 ok", data: "cut"}, breaker.Open},
	} {
		b := breaker.New("mail", clock.System{}, breaker.Options{Failures: 1}, nil)
		if err := NewGuarded(mustSMTP(t, start(t, c.server).url("")), b).Send(t.Context(), message); err == nil {
			t.Errorf("%s: sent", name)
		}
		if got := b.Status().State; got != c.want {
			t.Errorf("%s: the breaker is %s, want %s", name, got, c.want)
		}
	}
	b := breaker.New("mail", clock.System{}, breaker.Options{Failures: 1}, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = NewGuarded(mustSMTP(t, serve(t, "250 ok", false).url("")), b).Send(ended, message)
	if got := b.Status().State; got != breaker.Closed {
		t.Errorf("who gave up left the breaker %s", got)
	}
	if err := NewGuarded(&refusing{}, b).Send(t.Context(), message); !errors.Is(err, port.ErrRefused) || b.Status().State != breaker.Closed {
		t.Errorf("have %v", err)
	}
}

type refusing struct{}

func (*refusing) Send(context.Context, port.Message) error { return &port.Refusal{Reason: "no"} }
