package fiberhttp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// A form would be thrown away by a proof that nobody had thought of.
func TestResumption_IsDeclaredByWhateverAsksForARecentProof(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method  string
		access  fiberhttp.Access
		options []fiberhttp.Option
		starts  bool
	}{
		"a form without":                {http.MethodPost, fiberhttp.Recently(), nil, false},
		"a form of who may, without":    {http.MethodPost, fiberhttp.PermittedWithRecentAuth(identity.PermissionManageUsers), nil, false},
		"a form that says its button":   {http.MethodPost, fiberhttp.Recently(), []fiberhttp.Option{fiberhttp.Resumes("Go")}, true},
		"a form that goes to its page":  {http.MethodPost, fiberhttp.Recently(), []fiberhttp.Option{fiberhttp.ResumesOn(func(*fiberhttp.Request) string { return "/account" })}, true},
		"a page":                        {http.MethodGet, fiberhttp.Recently(), nil, true},
		"a form that asks for no proof": {http.MethodPost, fiberhttp.SignedIn(), nil, true},
		"a route for programs":          {http.MethodPost, fiberhttp.Recently(), []fiberhttp.Option{fiberhttp.Program()}, true},
	} {
		s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
		s.Page(c.method, "/act", c.access, text("done"), c.options...)
		_, err := s.Handler()
		if (err == nil) != c.starts || err != nil && !strings.Contains(err.Error(), c.method+" /act asks for a recent proof") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
