package e2e_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// Two tabs at a provider both get in, and who goes back to the provider and comes
// again is led on.
func TestProviderFlow_OfTwoTabsAndTheReturn(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	first := open(t, program.Start(t, program.Options{}).URL)
	second := first.tab()
	for tab, to := range map[*browser]string{first: "/posts", second: "/pricing"} {
		tab.visit("/login?return_to=" + to)
		tab.press("Development sign-in")
	}
	const cleo = `button[name="email"][value="cleo@neoforge.test"]`
	for _, step := range []struct {
		tab *browser
		to  string
	}{{first, "/posts"}, {second, "/pricing"}, {second, "/pricing"}, {first, "/"}} {
		if !strings.HasPrefix(step.tab.path(), "/dev/idp") {
			step.tab.goBack()
			step.tab.until("at the provider", `location.pathname.startsWith("/dev/idp")`)
		}
		step.tab.choose(cleo)
		step.tab.until("at "+step.to, `location.pathname === "`+step.to+`"`)
	}
	first.visit("/account")
	first.sees("cleo@neoforge.test")
}
