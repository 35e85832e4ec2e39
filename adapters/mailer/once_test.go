package mailer

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/jobs"
	port "github.com/neoforge-dev/neoforge/ports/mail"
)

// memory keeps the steps of one job.
type memory struct{ steps []string }

func (m *memory) Done(context.Context) ([]string, error) { return slices.Clone(m.steps), nil }

func (m *memory) Record(_ context.Context, step string) error {
	m.steps = append(m.steps, step)
	return nil
}

func (m *memory) run(t *testing.T, job string, attempt, interrupted int) context.Context {
	t.Helper()
	return jobs.WithRun(t.Context(), jobs.Run{Job: job, Attempt: attempt, Interrupted: interrupted, Steps: m})
}

func messageIDs(t *testing.T, s *server) []string {
	t.Helper()
	_, messages := s.heard()
	var ids []string
	for _, l := range messages {
		m, err := mail.ReadMessage(strings.NewReader(l))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
	}
	return ids
}

func TestOnce_HandsAMailOverOnceHoweverOftenItsJobRuns(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	o, first, second := NewOnce(mustSMTP(t, s.url(""))), &memory{}, &memory{}
	other := message
	other.To = "another@example.com"
	for _, c := range []struct {
		kept    *memory
		job     string
		attempt int
		mail    port.Message
	}{{first, "1-1", 1, message}, {first, "1-1", 2, message}, {first, "1-1", 2, other}, {first, "1-1", 3, other}, {second, "2-1", 1, message}, {second, "2-1", 2, message}} {
		if err := o.Send(c.kept.run(t, c.job, c.attempt, 0), c.mail); err != nil {
			t.Fatal(err)
		}
	}
	if ids := messageIDs(t, s); len(ids) != 3 || ids[0] == ids[1] || ids[0] == ids[2] {
		t.Errorf("Message-IDs %q, want three of their own", ids)
	}
	for _, m := range []*memory{first, second} {
		if done, err := HandedOver(m.run(t, "1-1", 2, 0)); !done || err != nil {
			t.Errorf("handed over: %v, %v", done, err)
		}
	}
	if done, err := HandedOver((&memory{}).run(t, "3-1", 2, 0)); done || err != nil {
		t.Errorf("a job that mailed nothing: %v, %v", done, err)
	}
	if err := o.Send(t.Context(), message); err != nil { // outside of jobs
		t.Error(err)
	}
}

func TestOnce_KeepsTheMessageIDAndEndsAfterThreeUnclearRuns(t *testing.T) {
	t.Parallel()
	s := start(t, &server{rcpt: "250 ok", data: "cut"})
	o, kept := NewOnce(mustSMTP(t, s.url(""))), &memory{}
	for attempt := 1; attempt <= MostUnclear; attempt++ {
		err := o.Send(kept.run(t, "1-1", attempt, 0), message)
		if !errors.Is(err, port.ErrUnclear) || errors.Is(err, port.ErrRefused) {
			t.Fatalf("attempt %d: %v", attempt, err)
		}
	}
	var refused *port.Refusal
	if err := o.Send(kept.run(t, "1-1", MostUnclear+1, 0), message); !errors.As(err, &refused) || refused.To != message.To || !strings.Contains(refused.Reason, "not known") {
		t.Fatalf("have %v", err)
	}
	ids := messageIDs(t, s)
	if len(ids) != MostUnclear || ids[0] != ids[1] || ids[0] != ids[2] {
		t.Errorf("Message-IDs %q, want the same %d times", ids, MostUnclear)
	}
	// Runs whose process died count alike.
	if err := o.Send((&memory{}).run(t, "2-1", 4, MostUnclear), message); !errors.Is(err, port.ErrRefused) {
		t.Errorf("have %v", err)
	}
	// What failed before the mail was handed over is tried for as long as ever.
	_ = s.listener.Close()
	if err := o.Send((&memory{}).run(t, "3-1", 11, 0), message); err == nil || errors.Is(err, port.ErrRefused) || errors.Is(err, port.ErrUnclear) {
		t.Errorf("have %v", err)
	}
}
