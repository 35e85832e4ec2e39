package http_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

var resetLink = regexp.MustCompile(`/reset\?token=([A-Za-z0-9_-]+)`)

// TestPrivateFeed_EndsWithWhatItsPersonMay reads the feed of a subscriber by its address, has
// it renewed, its person suspended and restored, and taken back, on one replica and on two.
func TestPrivateFeed_EndsWithWhatItsPersonMay(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			dan := fixture.Correspondent{T: t, HTTP: signedIn("dan@neoforge.test"), Site: site}
			var me struct{ ID string }
			dan.JSON("GET", "/api/v1/me", "", 200, &me)
			type feed struct {
				Atom string `json:"atom_url"`
				RSS  string `json:"rss_url"`
				JSON string `json:"json_url"`
			}
			renew := func() (all []string) {
				t.Helper()
				var f feed
				dan.JSON("POST", "/api/v1/me/feed", "", 201, &f, "Sec-Fetch-Site", "same-origin")
				for _, address := range []string{f.Atom, f.RSS, f.JSON} {
					all = append(all, strings.TrimPrefix(address, site))
				}
				return all
			}
			answers := func(addresses []string, want int, when string) {
				t.Helper()
				for _, address := range addresses {
					status, _, body := visitor{t, site}.get(address)
					if status != want || strings.Contains(body, "only-for-subscribers") != (want == http.StatusOK) {
						t.Errorf("%s, %s answers %d", when, address, status)
					}
				}
			}
			dan.Send("GET", "/api/v1/me/feed", "", "", 404)
			first := renew()
			answers(first, 200, "made")
			second := renew()
			answers(first, 404, "renewed")
			answers(second, 200, "renewed")
			ada.JSON("POST", "/api/v1/admin/users/"+me.ID+"/suspend", `{"reason":"Shares too much."}`, 0, nil, "Sec-Fetch-Site", "same-origin")
			answers(second, 404, "its person suspended")
			ada.Send("POST", "/api/v1/admin/users/"+me.ID+"/restore", "", "", 0, "Sec-Fetch-Site", "same-origin")
			answers(second, 200, "its person restored")

			dan = fixture.Correspondent{T: t, HTTP: signedIn("dan@neoforge.test"), Site: site} // the suspension ended their session
			dan.Send("DELETE", "/api/v1/me/feed", "", "", 204, "Sec-Fetch-Site", "same-origin")
			dan.Send("DELETE", "/api/v1/me/feed", "", "", 404, "Sec-Fetch-Site", "same-origin")
			answers(second, 404, "taken back")
			// Whoever resets the password does not know who has the address.
			third := renew()
			dan.JSON("POST", "/api/v1/auth/password/forgot", `{"email":"dan@neoforge.test"}`, 0, nil, "Sec-Fetch-Site", "same-origin")
			var link []string
			dan.Eventually("the mail comes", func() bool {
				link = resetLink.FindStringSubmatch(string(dan.Send("GET", "/dev/mailbox.json?to=dan%40neoforge.test", "", "", 200)))
				return link != nil
			})
			dan.JSON("POST", "/api/v1/auth/password/reset", `{"token":"`+link[1]+`","password":"seven lanterns drift"}`, 0, nil, "Sec-Fetch-Site", "same-origin")
			dan.Eventually("the feed ends", func() bool {
				status, _, _ := visitor{t, site}.get(third[0])
				return status == http.StatusNotFound
			})
			answers(third, 404, "the password reset")
			var trail struct {
				Items []struct{ Action string }
			}
			ada.JSON("GET", "/api/v1/admin/audit?resource=user:"+me.ID, "", 200, &trail)
			have := ""
			for _, e := range trail.Items {
				have += " " + e.Action
			}
			for _, action := range []string{"content.private_feed_made", "content.private_feed_renewed", "content.private_feed_revoked"} {
				if !strings.Contains(have, action) {
					t.Errorf("%s is not among%s", action, have)
				}
			}
		})
	}
}
