// Package mailtest holds what every keeper of refused mails must do.
package mailtest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Harness is one store on an empty database.
type Harness struct {
	Failures interface {
		mail.FailureRecorder
		mail.FailureReads
	}
	Do func(ctx context.Context, fn func(ctx context.Context, c mail.FailureChanges) error) error
	// Queued lists the jobs that were queued and committed.
	Queued func(t *testing.T) []jobs.Job
	NewID  func() string
}

var day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// RunFailures runs the contract.
func RunFailures(t *testing.T, open func(t *testing.T) Harness) {
	for name, test := range map[string]func(t *testing.T, h Harness){
		"lists the newest first, page by page": listsPages,
		"keeps what no database would take":    keepsHostileReason,
		"queues the job again, once":           retriesOnce,
		"knows who was not reached":            knowsRecipients,
		"forgets the old and the erased":       forgets,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func (h Harness) mustRecord(t *testing.T, to, reason string, at time.Time) mail.Failure {
	t.Helper()
	f := mail.Failure{ID: h.NewID(), Kind: "test.send", Payload: []byte(`{"to":"` + to + `"}`), To: to, Reason: reason, FailedAt: at}
	if err := h.Failures.RecordFailure(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (h Harness) mustList(t *testing.T, after cursor.Position, limit int) []mail.Failure {
	t.Helper()
	list, err := h.Failures.MailFailures(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func listsPages(t *testing.T, h Harness) {
	var want []mail.Failure
	for i := range 5 {
		want = append([]mail.Failure{h.mustRecord(t, "a@example.com", "550 no such user", day.Add(time.Duration(i/2)*time.Minute))}, want...)
	}
	var got []mail.Failure
	var after cursor.Position
	for {
		page := h.mustList(t, after, 2)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		last := page[len(page)-1]
		after = cursor.Position{At: last.FailedAt, ID: last.ID}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func keepsHostileReason(t *testing.T, h Harness) {
	h.mustRecord(t, "a@example.com", "550 \x00 \xff "+strings.Repeat("ü", 5000), day)
	list := h.mustList(t, cursor.Position{}, 10)
	if len(list) != 1 || !strings.HasPrefix(list[0].Reason, "550 ") || strings.ContainsRune(list[0].Reason, 0) || len(list[0].Reason) > 1000 {
		t.Errorf("kept %+v", list)
	}
}

func retriesOnce(t *testing.T, h Harness) {
	f := h.mustRecord(t, "a@example.com", "550 no such user", day)
	var again mail.Failure
	retry := func() error {
		return h.Do(t.Context(), func(ctx context.Context, c mail.FailureChanges) (err error) {
			again, err = c.Retry(ctx, f.ID)
			return err
		})
	}
	if err := retry(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, f) {
		t.Errorf("took %+v off the list, want %+v", again, f)
	}
	if err := retry(); !errors.Is(err, mail.ErrFailureNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if queued := h.Queued(t); len(queued) != 1 || queued[0].Kind != f.Kind || string(queued[0].Payload) != string(f.Payload) {
		t.Errorf("queued %+v", queued)
	}
	for _, id := range []string{f.ID, h.NewID(), "", "nonsense"} {
		err := h.Do(t.Context(), func(ctx context.Context, c mail.FailureChanges) error {
			_, err := c.Discard(ctx, id)
			return err
		})
		if !errors.Is(err, mail.ErrFailureNotFound) {
			t.Errorf("discard %q: %v", id, err)
		}
	}
	if list := h.mustList(t, cursor.Position{}, 10); len(list) != 0 {
		t.Errorf("still listed: %+v", list)
	}
}

func knowsRecipients(t *testing.T, h Harness) {
	h.mustRecord(t, "old@example.com", "550", day)
	h.mustRecord(t, "new@example.com", "550", day.Add(time.Hour))
	h.mustRecord(t, "new@example.com", "550", day.Add(2*time.Hour))
	h.mustRecord(t, "new@example.com", "550", day)
	got, err := h.Failures.MailFailedTo(t.Context(), []string{"old@example.com", "new@example.com", "other@example.com"}, day.Add(time.Minute))
	if err != nil || !reflect.DeepEqual(got, map[string]time.Time{"new@example.com": day.Add(2 * time.Hour)}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = h.Failures.MailFailedTo(t.Context(), nil, day); err != nil || len(got) != 0 {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}

func forgets(t *testing.T, h Harness) {
	h.mustRecord(t, "erased@example.com", "550", day.Add(time.Hour))
	h.mustRecord(t, "old@example.com", "550", day)
	kept := h.mustRecord(t, "kept@example.com", "550", day.Add(time.Hour))
	err := h.Do(t.Context(), func(ctx context.Context, c mail.FailureChanges) error {
		if err := c.DeleteTo(ctx, "erased@example.com"); err != nil {
			return err
		}
		n, err := c.DeleteBefore(ctx, day.Add(time.Minute), 10)
		if err == nil && n != 1 {
			t.Errorf("deleted %d old ones", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if list := h.mustList(t, cursor.Position{}, 10); !reflect.DeepEqual(list, []mail.Failure{kept}) {
		t.Errorf("left %+v", list)
	}
}
