package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// An author comes by the development provider, finds the form in their menu, and posts.
func TestNotices_ArePostedInABrowser(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Name: product().Name, Modules: product().Modules, Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.visit("/login?return_to=/notices")
	b.press(`main a[href^="/auth/dev"]`)
	b.press(`button[name="email"][value="ben@neoforge.test"]`)
	b.until("the board", `location.pathname === '/notices'`)
	b.until("the menu, which the page of everybody asks for", `document.querySelector('nf-identity-menu details') !== null`)
	b.run(`document.querySelector('nf-identity-menu summary').click()`)
	b.press(`nf-identity-menu a[href="/notices/new"]`)
	b.until("the form", `document.querySelector('h1')?.textContent === 'Post a notice'`)
	b.types(map[string]string{"text": "Tea at four"})
	b.press(`main form button`)
	b.until("the message and the notice", `location.pathname === '/notices' && document.body.innerText.includes('Your notice is up.')`)
	const board = `document.querySelector('nf-notices-board')`
	b.until("the island has taken over what the server rendered", board+`.hasUpdated === true && `+board+`.shadowRoot.textContent.includes('Tea at four')`)
	b.run(`(() => { const field = ` + board + `.shadowRoot.querySelector('input'); field.value = 'tea'; field.dispatchEvent(new Event('input', {bubbles: true})); })()`)
	b.until("it searches", `[...`+board+`.shadowRoot.querySelectorAll('li')].map((li) => li.textContent.trim()).join() === 'Tea at four Ben'`)
}

// Who is erased leaves no notice behind, and takes none of others along.
func TestNotices_GoWithThePersonWhoIsErased(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: database(t), Name: product().Name, Modules: product().Modules})
			users := map[string]identity.UserID{}
			for _, who := range []string{"ada", "ben"} {
				c := p.SignedIn(t, who+"@neoforge.test")
				send(t, c, p.URL+"/notices", "Of "+who)
				var me struct{ ID identity.UserID }
				if err := json.Unmarshal([]byte(read(t, c, p.URL+"/api/v1/me")), &me); err != nil || me.ID == "" {
					t.Fatalf("who %s is: %v", who, err)
				}
				users[who] = me.ID
			}
			if list := read(t, http.DefaultClient, p.URL+"/api/v1/notices"); !strings.Contains(list, "Of ada") || !strings.Contains(list, "Of ben") {
				t.Fatalf("the notices are %s", list)
			}
			rooms, err := p.App.Identity()
			if err != nil {
				t.Fatal(err)
			}
			operator := identity.Actor{UserID: "system", Permissions: []identity.Permission{identity.PermissionManageUsers}}
			if err := rooms.Privacy.EraseUser(t.Context(), operator, users["ben"]); err != nil {
				t.Fatal(err)
			}
			eventually(t, fmt.Sprintf("the end of what %s posted", users["ben"]), func() bool {
				return !strings.Contains(read(t, http.DefaultClient, p.URL+"/api/v1/notices"), "Of ben")
			})
			if list := read(t, http.DefaultClient, p.URL+"/api/v1/notices"); !strings.Contains(list, "Of ada") {
				t.Errorf("the notices are %s", list)
			}
			if page := read(t, http.DefaultClient, p.URL+"/notices"); strings.Contains(page, "Of ben") {
				t.Error("the page of everybody still holds it")
			}
		})
	}
}
