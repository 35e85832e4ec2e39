package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestPublish_KilledOnTheWayLeavesNothingHalf kills the program while posts are published,
// again and again: each post is a draft or published whole (its page, the lists, its tag and
// the search agree), what was acknowledged is published, and the trail says so once.
func TestPublish_KilledOnTheWayLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.StartProcess(t, program.Options{DatabaseURL: database(t), Environ: []string{"RATE_LIMIT=off", "STORAGE_URL=file://" + t.TempDir()}})
			site := "http://" + p.Addr
			ada := program.SignedInAt(t, site, "ada@neoforge.test")
			ask := func(client *http.Client, method, path, body string) (int, []byte, error) {
				r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, site+path, strings.NewReader(body))
				if err != nil {
					return 0, nil, err
				}
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				r.Header.Set("Content-Type", "application/json")
				answer, err := client.Do(r)
				if err != nil {
					return 0, nil, err
				}
				defer answer.Body.Close()
				out, err := io.ReadAll(answer.Body)
				return answer.StatusCode, out, err
			}
			read := func(path string, into any) int {
				t.Helper()
				status, body, err := ask(ada, "GET", path, "")
				if err != nil || status >= http.StatusInternalServerError {
					t.Fatalf("%s: %d, %v, %.300s", path, status, err, body)
				}
				if status == http.StatusOK {
					if err := json.Unmarshal(body, into); err != nil {
						t.Fatal(err)
					}
				}
				return status
			}
			const rounds, atOnce = 20, 4
			random := rand.New(rand.NewPCG(3, 5))
			type post struct {
				ID, Slug, Status, word string
				acknowledged           bool
			}
			var all []*post
			for round := range rounds {
				posts := make([]*post, atOnce)
				for i := range posts {
					word := fmt.Sprintf("kestrel%dx%d", round, i)
					draft := `{"title":"` + word + `","body_markdown":"Words of ` + word + `.","tags":["` + word + `"],"visibility":"public"}`
					status, body, err := ask(ada, "POST", "/api/v1/posts", draft)
					if err != nil || status != http.StatusCreated {
						t.Fatalf("round %d: %d, %v, %s", round, status, err, body)
					}
					posts[i] = &post{word: word}
					if err := json.Unmarshal(body, posts[i]); err != nil {
						t.Fatal(err)
					}
				}
				var sent sync.WaitGroup
				for _, p := range posts {
					sent.Go(func() {
						status, _, err := ask(ada, "POST", "/api/v1/posts/"+p.ID+"/publish", "")
						p.acknowledged = err == nil && status == http.StatusOK
					})
				}
				done := make(chan struct{})
				go func() { sent.Wait(); close(done) }()
				select {
				case <-done:
				case <-time.After(time.Duration(random.IntN(25_000)) * time.Microsecond): // at which it is killed, wherever it is
				}
				p.Kill(t)
				<-done
				p.Start(t)

				for _, q := range posts {
					var found struct{ Items []struct{ ID string } }
					shown := map[string]bool{"its page": read("/api/v1/posts/"+q.Slug, &struct{}{}) == http.StatusOK}
					for what, path := range map[string]string{
						"its tag": "/api/v1/posts?limit=100&tag=" + q.word, "the search": "/api/v1/search?q=" + q.word, "the list": "/api/v1/posts?limit=100",
					} {
						found.Items = nil
						read(path, &found)
						for _, item := range found.Items {
							shown[what] = shown[what] || item.ID == q.ID
						}
					}
					for what, is := range shown {
						if is != shown["its page"] {
							t.Errorf("round %d: of %s its page says %v, and %s %v", round, q.word, shown["its page"], what, is)
						}
					}
					if q.acknowledged && !shown["its page"] {
						t.Errorf("round %d: %s was published, and is not", round, q.word)
					}
					if !shown["its page"] { // what did not happen can be done
						if status, body, err := ask(ada, "POST", "/api/v1/posts/"+q.ID+"/publish", ""); err != nil || status != http.StatusOK {
							t.Errorf("round %d: %s is not published now: %d, %v, %s", round, q.word, status, err, body)
						}
					}
				}
				all = append(all, posts...)
			}
			broken := 0
			for _, q := range all {
				if !q.acknowledged {
					broken++
				}
			}
			if t.Logf("%d of %d requests to publish were broken off", broken, len(all)); broken == 0 {
				t.Error("none was broken off")
			}
			for _, q := range all {
				var trail struct{ Items []struct{ Action string } }
				read("/api/v1/admin/audit?resource=post:"+q.ID, &trail)
				times := 0
				for _, e := range trail.Items {
					if e.Action == "content.post_published" {
						times++
					}
				}
				if times != 1 {
					t.Errorf("the trail says %d times that %s was published", times, q.word)
				}
			}
		})
	}
}
