package mailer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// MostUnclear is how many runs of a job may end without anybody knowing whether the
// server took its mail. After that the mail is refused: more copies are worse than
// somebody having to look.
const MostUnclear = 3

// The steps of a job that a mail leaves.
const (
	handedOver = "mailed."
	unclear    = "mail-unclear."
)

// Once has each mail of a job handed over once, however often the job runs. The job
// records that the mail is handed over before it goes on, and the mail has the same
// Message-ID in each run. What remains is the gap of SMTP itself: when the server took
// the mail and the process died before the record, the mail is handed over again, at
// most [MostUnclear] times, and receivers can tell the copies by their Message-ID.
//
// Within a job a mail is told from others by its recipient and subject. Outside of
// jobs Once adds nothing.
type Once struct{ sender mail.Sender }

var _ mail.Sender = (*Once)(nil)

// NewOnce sends by s.
func NewOnce(s mail.Sender) *Once { return &Once{s} }

// Send implements mail.Sender.
func (o *Once) Send(ctx context.Context, m mail.Message) error {
	run, inJob := jobs.RunOf(ctx)
	if !inJob {
		return o.sender.Send(ctx, m)
	}
	name := fingerprint(m.To, m.Subject)
	m.ID = fingerprint(run.Job, name)
	if run.Attempt > 1 {
		done, err := run.Steps.Done(ctx)
		if err != nil {
			return fmt.Errorf("mailer: %w", err)
		}
		if slices.Contains(done, handedOver+name) {
			return nil
		}
		if run.Interrupted+countUnclear(done) >= MostUnclear {
			return fmt.Errorf("mailer: %w", &mail.Refusal{To: m.To, Reason: fmt.Sprintf(
				"It is not known whether this mail arrived: %d attempts ended before the server had answered or the answer was recorded. Ask the recipient before you send it again.", run.Interrupted+countUnclear(done))})
		}
	}
	err := o.sender.Send(ctx, m)
	if err == nil {
		return run.Steps.Record(ctx, handedOver+name)
	}
	if errors.Is(err, mail.ErrUnclear) {
		err = errors.Join(err, run.Steps.Record(ctx, fmt.Sprintf("%s%d", unclear, run.Attempt)))
	}
	return err
}

// HandedOver reports whether a mail of the job was handed over in a run before this
// one: a job that sends one mail has nothing left to do then.
func HandedOver(ctx context.Context) (bool, error) {
	run, inJob := jobs.RunOf(ctx)
	if !inJob || run.Attempt == 1 {
		return false, nil
	}
	done, err := run.Steps.Done(ctx)
	if err != nil {
		return false, fmt.Errorf("mailer: %w", err)
	}
	return slices.ContainsFunc(done, func(step string) bool { return strings.HasPrefix(step, handedOver) }), nil
}

func countUnclear(done []string) int {
	n := 0
	for _, step := range done {
		if strings.HasPrefix(step, unclear) {
			n++
		}
	}
	return n
}

// fingerprint names what it is given, telling nobody what that was.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%x", sum[:16])
}
