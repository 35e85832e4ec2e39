package http_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	documentTitle       = regexp.MustCompile(`<title>[^<]+</title>`)
	documentDescription = regexp.MustCompile(`<meta name="description" content="[^"]{15,}"`)
	indexing            = regexp.MustCompile(`<link rel="canonical" href="http|<meta name="robots" content="noindex"`)
)

// What search engines, and whoever shares a link, show of a page is in its head: a title, a description, and either its
// address or the wish not to be listed.
func TestPublicPages_SayWhatTheyAreAndWhetherTheyAreListed(t *testing.T) {
	t.Parallel()
	site, _ := sites["sqlite"](t)
	v := visitor{t, site}
	parameters := strings.NewReplacer("{slug}", "a-budget-for-slowness", "{handle}", "ben-okafor", "{tag}", "engineering",
		"{what}", "register", "{page}", "api")
	pages := 0
	for _, d := range readDeclared(t) {
		if d.method != "GET" || d.access != "public" || strings.HasPrefix(d.path, "/dev") || strings.HasPrefix(d.path, "/api/") {
			continue
		}
		path := parameters.Replace(d.path)
		if strings.Contains(path, "{") {
			continue
		}
		status, _, body := v.get(path)
		if !strings.HasPrefix(strings.ToLower(body), "<!doctype html>") {
			continue
		}
		if status != 200 {
			if !indexing.MatchString(body) {
				t.Errorf("%s answers %d and may be listed", path, status)
			}
			continue
		}
		pages++
		for what, pattern := range map[string]*regexp.Regexp{"title": documentTitle, "description": documentDescription, "canonical address or robots": indexing} {
			if !pattern.MatchString(body) {
				t.Errorf("%s has no %s", path, what)
			}
		}
	}
	if pages < 12 {
		t.Errorf("%d pages were looked at", pages)
	}
}
