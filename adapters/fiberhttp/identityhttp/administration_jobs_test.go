package identityhttp_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
)

func (f *recorded) JobQueues(context.Context, identity.Actor) (administration.JobQueues, error) {
	return administration.JobQueues{Dead: map[string]int{"test.mail": 1, "test.prune": 1}}, nil
}

func (f *recorded) ListDeadJobs(_ context.Context, _ identity.Actor, q administration.ListDeadJobs) (administration.DeadJobs, error) {
	return administration.DeadJobs{Items: []administration.DeadJob{{ID: "7", Kind: q.Kind, DiedAt: time.Unix(1, 0)}}}, nil
}

func (f *recorded) RetryDeadJob(_ context.Context, _ identity.Actor, id string) error {
	f.answers = append(f.answers, "retry "+id)
	return nil
}

func (f *recorded) DiscardDeadJob(_ context.Context, _ identity.Actor, id string) error {
	f.answers = append(f.answers, "discard "+id)
	return nil
}

// Whoever works through the dead jobs of one kind goes on with them after each.
func TestDeadJobs_KeepTheChosenKind(t *testing.T) {
	t.Parallel()
	_, f, _, c := staleAndFresh(t)
	const kind = "test.mail & more"
	has(t, c.Get("/admin/jobs?kind="+url.QueryEscape(kind), "cleo"), 200, `<input type="hidden" name="kind" value="test.mail &amp; more">`)
	lacks(t, c.Get("/admin/jobs", "cleo"), `type="hidden" name="kind"`)
	for act, flash := range map[string]string{"retry": "job-retried", "discard": "job-discarded"} {
		for chosen, want := range map[string]string{kind: "/admin/jobs?kind=test.mail+%26+more", "": "/admin/jobs"} {
			a := c.Submit("/admin/jobs/7/"+act, "cleo", url.Values{"kind": {chosen}})
			if a.StatusCode != 303 || a.Header.Get("Location") != want || a.Cookie("flash").Value != flash {
				t.Errorf("%s of %q: %d, to %q, %v", act, chosen, a.StatusCode, a.Header.Get("Location"), a.Cookie("flash"))
			}
		}
	}
	if len(f.answers) != 4 {
		t.Errorf("identity was asked %q", f.answers)
	}
}
