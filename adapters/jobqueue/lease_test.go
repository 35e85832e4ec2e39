package jobqueue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
)

// rescuing is a driver that notes what is rescued.
type rescuing struct {
	executor
	rescued riverdriver.JobRescueManyParams
}

func (r *rescuing) JobRescueMany(_ context.Context, p *riverdriver.JobRescueManyParams) (*struct{}, error) {
	r.rescued = *p
	return nil, nil
}

// What ends its process again and again ends as a dead letter, with longer pauses.
func TestLease_RescuesByHowOftenAJobWasTried(t *testing.T) {
	t.Parallel()
	r := &rescuing{}
	l := &lease{exec: r, log: zap.NewNop()}
	var left []*rivertype.JobRow
	for _, attempt := range []int{1, 2, 5, 12} {
		left = append(left, &rivertype.JobRow{ID: int64(attempt), Attempt: attempt, MaxAttempts: 12, AttemptedBy: []string{"a", "dead"}})
	}
	begun := time.Now()
	if err := l.rescue(t.Context(), left, begun); err != nil {
		t.Fatal(err)
	}
	for i, want := range []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateDiscarded,
	} {
		if have := r.rescued.State[i]; have != string(want) {
			t.Errorf("attempt %d: %s, want %s", left[i].Attempt, have, want)
		}
		if (r.rescued.FinalizedAt[i] != nil) != (want == rivertype.JobStateDiscarded) {
			t.Errorf("attempt %d: finalized at %v", left[i].Attempt, r.rescued.FinalizedAt[i])
		}
	}
	if r.rescued.ScheduledAt[2].Sub(begun) < 30*time.Second {
		t.Errorf("the fifth attempt is repeated at %s", r.rescued.ScheduledAt[2])
	}
}

func TestOrphans_AreTheJobsWhoseLatestWorkerIsDead(t *testing.T) {
	t.Parallel()
	running := []*rivertype.JobRow{
		{ID: 1, AttemptedBy: []string{"living", "dead"}},
		{ID: 2, AttemptedBy: []string{"dead", "living"}},
		{ID: 3, AttemptedBy: []string{"of a release without leases"}},
		{ID: 4},
	}
	if left := orphans(running, map[string]bool{"dead": true}); len(left) != 1 || left[0].ID != 1 {
		t.Errorf("%+v", left)
	}
}

func TestLease_ThatIsNotRenewedEndsWhatRuns(t *testing.T) {
	t.Parallel()
	l := &lease{ttl: time.Minute, beat: 20 * time.Second}
	l.hold()
	l.renewed = time.Now().Add(-30 * time.Second)
	ctx, release := l.context(t.Context())
	defer release()
	if l.loseInTime(); ctx.Err() != nil {
		t.Fatal("ended while the lease lasts")
	}
	l.renewed = time.Now().Add(-41 * time.Second) // the next look is at the end of its TTL
	l.loseInTime()
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errLeaseLost) {
		t.Errorf("ended by %v", context.Cause(ctx))
	}
}

// A process that stood still, with its machine or alone, wakes and renews first.
func TestLease_OfAProcessThatStoodStillEndsWhatRuns(t *testing.T) {
	t.Parallel()
	l := &lease{ttl: time.Minute, beat: 20 * time.Second}
	l.hold()
	l.renewed = time.Now().Add(-50 * time.Second)
	going, release := l.context(t.Context())
	defer release()
	if l.renewedAt(time.Now()); going.Err() != nil {
		t.Fatal("ended although the lease was renewed in time")
	}
	stood, release := l.context(t.Context())
	defer release()
	l.renewed = time.Now().Add(-2 * time.Minute)
	l.renewedAt(time.Now())
	<-stood.Done()
	if !errors.Is(context.Cause(stood), errLeaseLost) {
		t.Errorf("ended by %v", context.Cause(stood))
	}
	next, release := l.context(t.Context())
	defer release()
	if next.Err() != nil || time.Since(l.since) > time.Minute {
		t.Error("what begins afterwards is not under the new lease")
	}
}

func TestBegun_KnowsWhatItsRowsSayUntilTheyAreCompleted(t *testing.T) {
	t.Parallel()
	var b begun
	row := func(id int64, number int) *rivertype.JobRow { return &rivertype.JobRow{ID: id, Attempt: number} }
	here := []*rivertype.JobRow{row(1, 1), row(2, 1), row(3, 2)}
	if lost := b.lost(here); len(lost) != 3 {
		t.Fatalf("of a process that began nothing, %d are lost", len(lost))
	}
	b.begin(attempt{1, 1})
	b.begin(attempt{2, 1})()
	b.begin(attempt{3, 1})() // an attempt before the one that is running
	if lost := b.lost(here); len(lost) != 1 || lost[0].ID != 3 {
		t.Fatalf("%+v", lost)
	}
	later := time.Now().Add(time.Minute)
	b.drop(later, here) // the second has ended, and its row does not say so yet
	if lost := b.lost(here); len(lost) != 1 {
		t.Fatalf("%+v", lost)
	}
	b.drop(later, here[:1])
	if len(b.ended) != 0 || len(b.working) != 1 {
		t.Errorf("kept: %v, %v", b.ended, b.working)
	}
}

// A job that is postponed has the number of its attempt again at its next one.
func TestBegun_TellsAnAttemptFromAnEarlierOneOfItsNumber(t *testing.T) {
	t.Parallel()
	var b begun
	b.begin(attempt{1, 1})()
	now, later := time.Now(), time.Now().Add(time.Minute)
	if lost := b.lost([]*rivertype.JobRow{{ID: 1, Attempt: 1, AttemptedAt: &now}}); len(lost) != 0 {
		t.Error("what has just ended is lost")
	}
	if lost := b.lost([]*rivertype.JobRow{{ID: 1, Attempt: 1, AttemptedAt: &later}}); len(lost) != 1 {
		t.Error("what was handed over a minute later is not lost")
	}
}

// What the database handed over as it went away had no attempt.
func TestLease_TriesWhatItNeverBeganAgainAtOnce(t *testing.T) {
	t.Parallel()
	r := &rescuing{}
	l := &lease{id: "this", exec: r, log: zap.NewNop()}
	if err := l.rescue(t.Context(), []*rivertype.JobRow{{ID: 1, Attempt: 12, MaxAttempts: 12, AttemptedBy: []string{"dead", "this"}}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if r.rescued.State[0] != string(rivertype.JobStateAvailable) || r.rescued.FinalizedAt[0] != nil {
		t.Errorf("%+v", r.rescued)
	}
}
