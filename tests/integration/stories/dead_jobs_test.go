package stories_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestDeadJobs_AreSeenRunAgainAndDiscarded has an administrator look at what died and
// decide, on the page and over the API.
func TestDeadJobs_AreSeenRunAgainAndDiscarded(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := at(t)
			p := program.Start(t, program.Options{DatabaseURL: address, Environ: []string{"RATE_LIMIT=off"}})
			db, err := entstore.Open(t.Context(), address, entstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			deadJobs(t, db, p)
		})
	}
}

type deadJobList struct {
	Items []struct {
		ID, Kind, Queue, Arguments, Reason string
		Attempts                           int
		RequestID                          string    `json:"request_id"`
		DiedAt                             time.Time `json:"died_at"`
	}
	NextCursor string `json:"next_cursor"`
}

func (l deadJobList) ids() (out []string) {
	for _, d := range l.Items {
		out = append(out, d.ID)
	}
	return out
}

func deadJobs(t *testing.T, db *entstore.DB, p *program.Program) {
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}
	const api = "/api/v1/admin/jobs/dead"
	began := time.Now().UTC().Truncate(time.Millisecond)
	var mails []string
	for i := range 3 {
		mails = append(mails, fixture.DeadJob(t, db, fixture.Dead{
			Kind: "test.mail", Payload: fmt.Sprintf(`{"user":%q,"email":"cleo@neoforge.test","name":"Cleo"}`, ben.ID()),
			Reason: "550 <cleo@neoforge.test>: away", Request: "req-7", DiedAt: began.Add(time.Duration(i/2) * time.Second),
		}))
	}
	prune := fixture.DeadJob(t, db, fixture.Dead{Kind: eventstore.PruneKind, Reason: "the disk is full", DiedAt: began.Add(-time.Hour)})
	all := []string{mails[2], mails[1], mails[0], prune}

	// What is seen of them, and what is not.
	var list deadJobList
	ada.JSON("GET", api, "", 200, &list)
	if !slices.Equal(list.ids(), all) || list.NextCursor != "" {
		t.Fatalf("listed: %+v, want %v", list, all)
	}
	first := list.Items[0]
	if first.Kind != "test.mail" || first.Queue != "default" || first.Attempts != 12 || first.RequestID != "req-7" || !first.DiedAt.Equal(began.Add(time.Second)) ||
		first.Reason != "550 <[hidden]>: away" || first.Arguments != `{"email":"[hidden]","name":"[hidden]","user":"`+ben.ID()+`"}` {
		t.Errorf("have %+v", first)
	}
	var paged []string
	for cursor := ""; ; {
		var page deadJobList
		ada.JSON("GET", api+"?limit=1&cursor="+url.QueryEscape(cursor), "", 200, &page)
		paged = append(paged, page.ids()...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if !slices.Equal(paged, all) {
		t.Errorf("one by one: %v, want %v", paged, all)
	}
	ada.JSON("GET", api+"?kind=test.mail", "", 200, &list)
	if !slices.Equal(list.ids(), all[:3]) {
		t.Errorf("of one kind: %v", list.ids())
	}
	for _, wrong := range []string{"x", "MC4w", "LTEuMQ"} { // 0.0, -1.1
		ada.JSON("GET", api+"?cursor="+wrong, "", 422, nil)
	}
	var queues struct {
		Queues []struct{ Queue string }
		Dead   map[string]int
	}
	ada.JSON("GET", "/api/v1/admin/jobs", "", 200, &queues)
	if len(queues.Queues) != 5 || queues.Dead["test.mail"] != 3 || queues.Dead[eventstore.PruneKind] != 1 {
		t.Errorf("have %+v", queues)
	}
	page := string(ada.Send("GET", "/admin/jobs?kind=test.mail", "", "", 200))
	for _, want := range []string{"test.mail (3)", "550 &lt;[hidden]&gt;: away", "req-7", `action="/admin/jobs/` + mails[0] + `/retry"`, "outside"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, person := range []string{"cleo@neoforge.test", "Cleo", "the disk is full"} {
		if strings.Contains(page, person) {
			t.Errorf("the page says %q", person)
		}
	}

	// Who may not.
	ben.JSON("GET", api, "", 403, nil)
	ben.JSON("GET", "/api/v1/admin/jobs", "", 403, nil)
	ben.JSON("POST", api+"/"+prune+"/retry", "", 403, nil)
	ben.JSON("DELETE", api+"/"+prune, "", 403, nil)
	ben.Send("POST", "/admin/jobs/"+prune+"/discard", "application/x-www-form-urlencoded", "", 403, "Sec-Fetch-Site", "same-origin")

	// One runs again and succeeds, one is discarded by form, one over the API.
	ada.JSON("POST", api+"/"+prune+"/retry", "", 204, nil)
	ada.JSON("POST", api+"/"+prune+"/retry", "", 404, nil)
	if page := string(ada.Send("POST", "/admin/jobs/"+mails[1]+"/discard", "application/x-www-form-urlencoded", "", 0, "Sec-Fetch-Site", "same-origin")); !strings.Contains(page, "The job is discarded.") {
		t.Errorf("after it was discarded the page says %.2000s", page)
	}
	ada.JSON("DELETE", api+"/"+mails[2], "", 204, nil)
	for _, none := range []string{mails[2], "0", "-1", "x", "99999999999999999999"} {
		ada.JSON("DELETE", api+"/"+none, "", 404, nil)
		ada.JSON("POST", api+"/"+none+"/retry", "", 404, nil)
	}
	ada.Eventually("only the untouched one is left", func() bool {
		ada.JSON("GET", api, "", 200, &list)
		return slices.Equal(list.ids(), []string{mails[0]})
	}, func() { t.Errorf("listed: %+v", list) })
	fixture.Exec(t, db, "UPDATE river_job SET args = '\"no object\"' WHERE id = "+mails[0])
	ada.JSON("POST", api+"/"+mails[0]+"/retry", "", 409, nil)

	var trail struct {
		Items []struct{ Action, Resource, Detail string }
	}
	ada.JSON("GET", "/api/v1/admin/audit?action=identity.job_discarded", "", 200, &trail)
	if len(trail.Items) != 2 || trail.Items[0].Resource != "job:"+mails[2] || trail.Items[0].Detail != "test.mail" {
		t.Errorf("audit trail: %+v", trail)
	}
	ada.JSON("GET", "/api/v1/admin/audit?action=identity.job_retried", "", 200, &trail)
	if len(trail.Items) != 1 || trail.Items[0].Resource != "job:"+prune || trail.Items[0].Detail != eventstore.PruneKind {
		t.Errorf("audit trail: %+v", trail)
	}
}
