package wire

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// doneSteps keeps the steps of one job.
type doneSteps struct{ steps []string }

func (d *doneSteps) Done(context.Context) ([]string, error) { return d.steps, nil }

func (d *doneSteps) Record(_ context.Context, step string) error {
	d.steps = append(d.steps, step)
	return nil
}

type countingSender int

func (c *countingSender) Send(context.Context, mail.Message) error { *c++; return nil }

func TestSentOnce_WritesNoMailAgainThatWasHandedOver(t *testing.T) {
	t.Parallel()
	for queue, want := range map[string]int{jobs.MailQueue: 1, jobs.LongQueue: 2} {
		var sent countingSender
		once, written := mailer.NewOnce(&sent), 0
		server := breaker.New("mail", clock.System{}, breaker.Options{}, nil)
		h := sentOnce(server, jobs.Handler{Queue: queue, Run: func(ctx context.Context, _ []byte) error {
			written++
			return once.Send(ctx, mail.Message{To: "ada@example.com", Subject: "Your link"})
		}})
		steps := &doneSteps{}
		for attempt := 1; attempt <= 2; attempt++ {
			ctx := jobs.WithRun(t.Context(), jobs.Run{Job: "1-1", Attempt: attempt, Steps: steps})
			if err := h.Run(ctx, nil); err != nil {
				t.Fatal(err)
			}
		}
		if written != want || sent != 1 {
			t.Errorf("%s: written %d times, sent %d times; want %d and 1", queue, written, sent, want)
		}
	}
}

func TestPostponed_HasAJobWaitForAServiceThatIsLeftAlone(t *testing.T) {
	t.Parallel()
	open := &breaker.OpenError{Service: "payments:acme", RetryAfter: time.Minute}
	failure := errors.New("no")
	for name, row := range map[string]struct {
		err  error
		wait time.Duration
	}{
		"left alone":        {fmt.Errorf("expire a checkout: %w", open), time.Minute},
		"waits longer":      {&jobs.Postponed{For: time.Hour, Reason: open}, time.Hour},
		"fails":             {failure, 0},
		"done":              {nil, 0},
		"left alone beside": {errors.Join(failure, open), time.Minute},
	} {
		err := postponed(jobs.Handler{Run: func(context.Context, []byte) error { return row.err }}).Run(t.Context(), nil)
		var later *jobs.Postponed
		if !errors.As(err, &later) {
			later = &jobs.Postponed{}
		}
		if later.For != row.wait || !errors.Is(err, row.err) {
			t.Errorf("%s: %v for %s, want %s", name, err, later.For, row.wait)
		}
	}
}

// keptFailures are the mails that were kept because a server refused them.
type keptFailures []mail.Failure

func (k *keptFailures) RecordFailure(_ context.Context, f mail.Failure) error {
	*k = append(*k, f)
	return nil
}

func TestKeepRefused_KeepsNoMailWhosePayloadNobodyShouldKeep(t *testing.T) {
	t.Parallel()
	for ttl, want := range map[time.Duration]int{0: 1, time.Hour: 0} {
		var kept keptFailures
		h := keepRefused(&kept, observe.New(), zap.NewNop(), jobs.Handler{PayloadTTL: ttl, Run: func(context.Context, []byte) error {
			return &mail.Refusal{To: "ada@example.com", Reason: "no such mailbox"}
		}})
		if err := h.Run(t.Context(), nil); err != nil {
			t.Errorf("the job goes on: %v", err)
		}
		if len(kept) != want {
			t.Errorf("with a payload for %s, %d mails are kept, want %d", ttl, len(kept), want)
		}
	}
}
