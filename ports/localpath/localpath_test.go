package localpath_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/localpath"
)

func TestOrRoot_KeepsPathsOfThisSite(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"/", "/posts", "/posts?tag=a&cursor=b#c", "/posts/größe", "/a//b", "/@someone", "/%2f/elsewhere.example",
		"/" + strings.Repeat("a", localpath.MaxLength-1),
	} {
		if have := localpath.OrRoot(p); have != p {
			t.Errorf("%q became %q", p, have)
		}
	}
}

func TestOrRoot_RefusesWhatABrowserTakesElsewhere(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"", "posts", "//elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "https://elsewhere.example",
		"javascript:alert(1)", "/\t/elsewhere.example", "/\r\nSet-Cookie: a=b", "/\x00", "/\x7f", "/\u0085", "/\xff", " /posts",
		"/" + strings.Repeat("a", localpath.MaxLength),
	} {
		if localpath.Is(p) || localpath.OrRoot(p) != "/" {
			t.Errorf("%q became %q", p, localpath.OrRoot(p))
		}
	}
}

func FuzzOrRoot_StaysOnThisSite(f *testing.F) {
	for _, seed := range []string{"/", "/posts/a?b=c#d", "//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil.test", "/%2f/evil.test", "/a//b", "/@evil.test", "/\u2028"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://forge.test/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, p string) {
		have := localpath.OrRoot(p)
		to, err := base.Parse(have)
		if err != nil || to.Host != "forge.test" || to.Scheme != "https" || to.User != nil {
			t.Fatalf("%q leads to %v (%v)", p, to, err)
		}
		if have[0] != '/' || strings.HasPrefix(have, "//") || strings.ContainsAny(have, "\\\r\n\t\x00") {
			t.Fatalf("%q became %q", p, have)
		}
	})
}
