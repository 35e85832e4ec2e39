package fiberhttp_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

func faultBody(t *testing.T, path, message, stack string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"path": path, "type": "TypeError", "message": message, "stack": stack})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestFaults_AreReportedByTheRouteAndTheScripts(t *testing.T) {
	t.Parallel()
	got := &reported{}
	var base string
	cl, _ := measured(t, func(c *fiberhttp.Config) { c.Errors, base = got, c.BaseURL })
	for _, stack := range []string{
		"TypeError: x\n    at Share.open (" + base + "/assets/content/share-ABCD2345.js?v=1:3:14)\n    at https://elsewhere.example/lib.js:1:2\n    at " + base + "/posts/a-post:9:9\n    at async " + base + "/assets/shared/lit.js:7:1",
		"open@" + base + "/assets/content/share-ABCD2345.js?v=1:3:14\n@https://elsewhere.example/lib.js:1:2\r\n" + base + "/assets/shared/lit.js:7:1\n",
	} {
		if a := cl.Do("POST", "/faults", faultBody(t, "/posts/a-post", "it broke", stack), fromPage...); a.StatusCode != 204 || len(a.Cookies()) > 0 {
			t.Errorf("%d %s", a.StatusCode, a.Body)
		}
	}
	extension := faultBody(t, "/", "not ours", "Error: x\n    at f (chrome-extension://abc/content.js:1:1)")
	if a := cl.Do("POST", "/faults", extension, fromPage...); a.StatusCode != 204 {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if len(got.all) != 2 {
		t.Fatalf("%d reports: %+v", len(got.all), got.all)
	}
	for _, r := range got.all {
		if r.Kind != errortracking.Island || r.Route != "/posts/{slug}" || r.Message != "it broke" || len(r.Types) != 1 || len(r.Frames) != 2 ||
			r.Frames[0].File != "/assets/content/share.js" || r.Frames[0].Line != 3 || r.Frames[1].File != "/assets/shared/lit.js" || strings.Contains(r.Frames[1].Function, "http") {
			t.Errorf("%+v", r)
		}
	}
}

func TestFaults_LeaveOutWhatIsKnownToBeNoFaultOfTheSite(t *testing.T) {
	t.Parallel()
	var base string
	for name, c := range map[string]struct{ message, stack string }{
		"an observer":                       {"ResizeObserver loop completed with undelivered notifications.", "@BASE/posts/a-post:0"},
		"an observer, as it was said":       {"ResizeObserver loop limit exceeded", ""},
		"a script of another origin":        {"Script error.", "@:0"},
		"the same with its address":         {"Script error.", "@https://elsewhere.example/lib.js:0"},
		"a scanner of links":                {"Object Not Found Matching Id:3, MethodName:update, ParamCount:4", ""},
		"an extension that was updated":     {"Extension context invalidated.", ""},
		"an extension of Chromium":          {"x is null", "TypeError: x is null\n    at f (chrome-extension://abc/content.js:1:1)\n    at g (chrome-extension://abc/content.js:2:2)"},
		"an extension of Firefox":           {"x is null", "f@moz-extension://0190b1de-9f2e/content.js:1:1\n"},
		"an extension of Safari":            {"x is null", "f@safari-web-extension://0190B1DE-9F2E/content.js:1:1\n@webkit-masked-url://hidden/:2:2"},
		"what an extension evaluates":       {"x is null", "TypeError: x is null\n    at eval (eval at f (chrome-extension://abc/content.js:1:1), <anonymous>:1:1)"},
		"an extension within an empty page": {"x is null", "TypeError: x is null\n    at <anonymous>:1:1\n    at f (chrome-extension://abc/content.js:1:1)"},
	} {
		got := &reported{}
		cl, _ := measured(t, func(c *fiberhttp.Config) { c.Errors, base = got, c.BaseURL })
		if a := cl.Do("POST", "/faults", faultBody(t, "/posts/a-post", c.message, strings.ReplaceAll(c.stack, "BASE", base)), fromPage...); a.StatusCode != 204 {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Body)
		}
		if len(got.all) != 0 {
			t.Errorf("%s is reported: %+v", name, got.all)
		}
	}
}

func TestFaults_KeepWhatOnlyLooksLikeNoise(t *testing.T) {
	t.Parallel()
	var base string
	for name, c := range map[string]struct{ message, stack string }{
		"thrown by this site":             {"Script error.", "Error: Script error.\n    at run (BASE/assets/shared/run.js:3:1)"},
		"an extension called by the site": {"x is null", "TypeError\n    at f (chrome-extension://abc/content.js:1:1)\n    at run (BASE/assets/shared/run.js:3:1)"},
		"words about an observer":         {"no ResizeObserver loop limit exceeded here", ""},
		"words about an extension":        {"see chrome-extension://abc", ""},
	} {
		got := &reported{}
		cl, _ := measured(t, func(c *fiberhttp.Config) { c.Errors, base = got, c.BaseURL })
		if a := cl.Do("POST", "/faults", faultBody(t, "/", c.message, strings.ReplaceAll(c.stack, "BASE", base)), fromPage...); a.StatusCode != 204 || len(got.all) != 1 {
			t.Errorf("%s: %d, %d reports", name, a.StatusCode, len(got.all))
		}
	}
}

func TestFaults_RefuseWhatNoPageTells(t *testing.T) {
	t.Parallel()
	got := &reported{}
	cl, _ := measured(t, func(c *fiberhttp.Config) { c.Errors = got })
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "<p>", "no message": `{"path":"/"}`, "more": `{"path":"/","message":"x","who":"ada"}`, "two": `{"path":"/","message":"x"}{}`,
		"no page": `{"path":"/nowhere","message":"x"}`, "no path": `{"message":"x"}`, "a number": `{"path":"/","message":7}`,
	} {
		if a := cl.Do("POST", "/faults", body, fromPage...); a.StatusCode != 422 && a.StatusCode != 400 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := cl.Do("POST", "/faults", faultBody(t, "/", strings.Repeat("x", 17<<10), ""), fromPage...); a.StatusCode != 413 {
		t.Errorf("huge: %d", a.StatusCode)
	}
	if a := cl.Do("POST", "/faults", faultBody(t, "/", "x", ""), "Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Errorf("from another site: %d", a.StatusCode)
	}
	if len(got.all) != 0 {
		t.Errorf("%+v", got.all)
	}
	hostile := faultBody(t, "/", "<img src=x onerror=alert(1)>\x1b\u202egnp ada@example.org", "")
	if a := cl.Do("POST", "/faults", hostile, fromPage...); a.StatusCode != 204 || len(got.all) != 1 {
		t.Fatalf("%d %s, %+v", a.StatusCode, a.Body, got.all)
	}
	if m := got.all[0].Scrubbed().Message; m != "<img src=x onerror=alert(1)>gnp [email]" {
		t.Errorf("%q", m)
	}
}

func TestFaults_AreBoundedByNetwork(t *testing.T) {
	t.Parallel()
	got := &reported{}
	cl, _ := measured(t, func(c *fiberhttp.Config) {
		c.Errors, c.Limiter, c.TrustedProxies = got, ratemem.New(clock.System{}), []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	})
	refused := 0
	for i := range 40 {
		if cl.Do("POST", "/faults", faultBody(t, "/", "x", ""), append([]string{"X-Forwarded-For", fmt.Sprintf("2001:db8:1:2::%x", i+1)}, fromPage...)...).StatusCode == 429 {
			refused++
		}
	}
	if refused < 20 || len(got.all)+refused != 40 {
		t.Errorf("%d of 40 refused, %d reports", refused, len(got.all))
	}
}
