package cloudflare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/cloudflare"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	zone  = "023e105f4ecef8ad9ca31a8372d0c353"
	token = "a-token"
	done  = `{"success":true,"errors":[],"messages":[],"result":{"id":"` + zone + `"}}`
)

// api answers as Cloudflare does, and keeps the tags of each call.
type api struct {
	*httptest.Server
	calls [][]string
}

func newAPI(t *testing.T, answer http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/client/v4/zones/"+zone+"/purge_cache" ||
			r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
		}
		var given struct {
			Tags []string `json:"tags"`
		}
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.DisallowUnknownFields()
		if err := d.Decode(&given); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		a.calls = append(a.calls, given.Tags)
		answer(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *api) purger(t *testing.T) *cloudflare.Purger {
	t.Helper()
	p, err := cloudflare.New(a.URL+"/client/v4/", zone, token, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func answers(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

func TestPurge_NamesEachTagOnceInBatchesOfThirty(t *testing.T) {
	t.Parallel()
	a := newAPI(t, answers(http.StatusOK, done))
	tags := []string{"content.post:A", "content.post:a"}
	for i := range 69 {
		tags = append(tags, fmt.Sprintf("tag%02d", i))
	}
	if err := a.purger(t).Purge(t.Context(), tags...); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, call := range a.calls {
		if len(call) > 30 {
			t.Errorf("one call has %d tags", len(call))
		}
		all = append(all, call...)
	}
	if len(a.calls) != 3 || len(all) != 70 || !slices.Contains(all, "content.post%3aa") {
		t.Errorf("%d calls with %q", len(a.calls), all)
	}
	if err := a.purger(t).Purge(t.Context()); err != nil || len(a.calls) != 3 {
		t.Errorf("nothing to purge: %v, %d calls", err, len(a.calls))
	}
}

func TestPurge_SaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	refusal := `{"success":false,"errors":[{"code":1012,"message":"Request must contain one of \"purge_everything\""}]}`
	for name, row := range map[string]struct {
		answer    http.HandlerFunc
		want      []string
		postponed time.Duration
	}{
		"too many":             {answers(429, "", "Retry-After", "17"), []string{"429"}, 17 * time.Second},
		"too many, no time":    {answers(429, ""), []string{"429"}, time.Minute},
		"too many, a date":     {answers(429, "", "Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"), []string{"429"}, time.Minute},
		"too many, for ever":   {answers(429, "", "Retry-After", "99999999"), []string{"429"}, time.Hour},
		"away":                 {answers(503, "<html>"), []string{"503"}, 0},
		"a wrong token":        {answers(403, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`), []string{"403", "10000", "Authentication error", "CLOUDFLARE_API_TOKEN", "Cache Purge"}, 0},
		"it refuses":           {answers(400, refusal), []string{"400", "1012"}, 0},
		"it refuses with 200":  {answers(200, refusal), []string{"refused", "1012"}, 0},
		"an answer of another": {answers(200, "<html>"), []string{"cannot be read"}, 0},
		"it leads elsewhere":   {answers(302, "", "Location", "https://example.com/"), []string{"302"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, row.answer)
			err := a.purger(t).Purge(t.Context(), "content.posts")
			if err == nil {
				t.Fatal("it went well")
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("it does not say %s: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("it shows the token: %v", err)
			}
			var later *jobs.Postponed
			if errors.As(err, &later) != (row.postponed > 0) || later != nil && later.For != row.postponed {
				t.Errorf("postponed is %+v, want %s", later, row.postponed)
			}
			if len(a.calls) != 1 {
				t.Errorf("%d calls: trying again is the job's", len(a.calls))
			}
		})
	}
}

func TestNew_RefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, row := range [][3]string{{"", zone, token}, {"https://api", "", token}, {"https://api", zone, ""}} {
		if _, err := cloudflare.New(row[0], row[1], row[2], nil); err == nil {
			t.Errorf("made of %q", row)
		}
	}
}
