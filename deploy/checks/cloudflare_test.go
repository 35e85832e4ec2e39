package checks

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ruleset is what this uses of the API's rules; another word is misspelt.
// https://developers.cloudflare.com/api/resources/rulesets/
type ruleset struct {
	Rules []struct {
		Ref         string `json:"ref"`
		Description string `json:"description"`
		Expression  string `json:"expression"`
		Action      string `json:"action"`
		Parameters  *struct {
			ID      string `json:"id"`
			Cache   *bool  `json:"cache"`
			EdgeTTL *struct {
				Mode string `json:"mode"`
			} `json:"edge_ttl"`
			BrowserTTL *struct {
				Mode string `json:"mode"`
			} `json:"browser_ttl"`
			ServeStale *struct {
				Disable bool `json:"disable_stale_while_updating"`
			} `json:"serve_stale"`
			StrongETags bool `json:"respect_strong_etags"`
		} `json:"action_parameters"`
		Limit *struct {
			Characteristics []string `json:"characteristics"`
			Period          int      `json:"period"`
			Requests        int      `json:"requests_per_period"`
			Timeout         int      `json:"mitigation_timeout"`
		} `json:"ratelimit"`
	} `json:"rules"`
}

func strictJSON(t *testing.T, text []byte, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Errorf("%v in %s", err, text)
	}
}

// zone is Cloudflare's API for one zone.
func zone(t *testing.T, answer string) (environ []string, calls func() map[string][]byte) {
	t.Helper()
	var mu sync.Mutex
	got := map[string][]byte{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer a-token" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s with %v, %v", r.Method, r.URL, r.Header, err)
		}
		mu.Lock()
		got[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/zones/a-zone/")] = body
		mu.Unlock()
		_, _ = io.WriteString(w, answer) // the script may be gone
	}))
	t.Cleanup(s.Close)
	return []string{"CLOUDFLARE_API_URL=" + s.URL, "CLOUDFLARE_ZONE_ID=a-zone", "CLOUDFLARE_API_TOKEN=a-token"}, func() map[string][]byte {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func TestCloudflareApply_MakesTheZoneWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	environ, calls := zone(t, `{"result": {}, "success": true, "errors": []}`)
	run(t, nil, environ, "cloudflare/apply", "--paid").ended(t, 0, "http_ratelimit")
	actions := map[string][]string{
		"http_request_cache_settings": {"set_cache_settings"}, "http_request_firewall_custom": {"block"},
		"http_ratelimit": {"block"}, "http_request_firewall_managed": {"execute"},
	}
	for phase, allowed := range actions {
		body := calls()["PUT rulesets/phases/"+phase+"/entrypoint"]
		if body == nil {
			t.Fatalf("%s was not made", phase)
		}
		var r ruleset
		strictJSON(t, body, &r)
		for _, rule := range r.Rules {
			if rule.Ref == "" || rule.Expression == "" || !slices.Contains(allowed, rule.Action) {
				t.Errorf("%s: %+v", phase, rule)
			}
			if l := rule.Limit; (phase == "http_ratelimit") != (l != nil) || l != nil && (!slices.Contains([]int{10, 60}, l.Period) || !slices.Contains(l.Characteristics, "cf.colo.id")) {
				t.Errorf("%s: the limit is %+v", phase, l)
			}
			// Every quote and parenthesis is closed.
			if strings.Count(rule.Expression, `"`)%2 != 0 || strings.Count(rule.Expression, "(") != strings.Count(rule.Expression, ")") {
				t.Errorf("%s: %s", phase, rule.Expression)
			}
		}
	}
	settings := 0
	for call, body := range calls() {
		if strings.HasPrefix(call, "PATCH settings/") {
			settings++
			var s struct {
				Value any `json:"value"`
			}
			strictJSON(t, body, &s)
			if s.Value == nil {
				t.Errorf("%s has no value", call)
			}
		}
	}
	if settings < 9 {
		t.Errorf("%d settings were made", settings)
	}
}

// The rule of what is kept comes first: of two that match, the later one counts.
func TestCloudflare_KeepsWhatTheOriginSaysAndNothingOfASession(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../cloudflare/rulesets/http_request_cache_settings.json")
	if err != nil {
		t.Fatal(err)
	}
	var r ruleset
	strictJSON(t, text, &r)
	if keep := r.Rules[0].Parameters; !*keep.Cache || keep.EdgeTTL.Mode != "bypass_by_default" || keep.BrowserTTL.Mode != "respect_origin" {
		t.Errorf("what is kept: %+v", keep)
	}
	last := r.Rules[len(r.Rules)-1]
	if *last.Parameters.Cache {
		t.Errorf("the last rule is %+v", last)
	}
	names, err := os.ReadFile("../../adapters/fiberhttp/cookies.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sessionCookie", "flashCookie"} {
		m := regexp.MustCompile(name + `\s+= "(\w+)"`).FindSubmatch(names)
		if m == nil || !strings.Contains(last.Expression, `http.cookie contains "__Host-`+string(m[1])+`="`) {
			t.Errorf("%s (%q) is not asked for in %s", name, m, last.Expression)
		}
	}
	limits, err := os.ReadFile("../cloudflare/rulesets/http_ratelimit.json")
	if err != nil {
		t.Fatal(err)
	}
	routes, err := os.ReadFile("../../modules/README.md")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile(`\\"(/[^"\\]+)\\"`).FindAllSubmatch(limits, -1)
	if len(paths) < 4 {
		t.Errorf("the limit names %q", paths)
	}
	for _, path := range paths {
		if !bytes.Contains(routes, []byte("`POST "+string(path[1])+" (public)`")) {
			t.Errorf("the limit names %s, which is no route for strangers", path[1])
		}
	}
}

func TestCloudflare_SaysWhatWasRefused(t *testing.T) {
	t.Parallel()
	environ, calls := zone(t, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`)
	for _, script := range []string{"cloudflare/apply", "cloudflare/purge"} {
		r := run(t, nil, environ, script)
		r.ended(t, 1, "Authentication error")
		if strings.Contains(r.output, "a-token") {
			t.Errorf("%s shows the token: %s", script, r.output)
		}
		run(t, nil, environ[:2], script).ended(t, 2, "CLOUDFLARE_API_TOKEN")
	}
	if have := string(calls()["POST purge_cache"]); have != `{"purge_everything":true}`+"\n" {
		t.Errorf("it purges %q", have)
	}
}
