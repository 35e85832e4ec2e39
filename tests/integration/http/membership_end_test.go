package http_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestMembership_EndsOnADay: the page and the API say until when somebody is a member; what
// a change leaves out stays as it is, null takes the end away, and the page's day is its last.
func TestMembership_EndsOnADay(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t))
			in, secret := s.setUp(t, caller{role: identityport.RoleMember, within: identity.Owner})
			_, theirs := s.setUp(t, caller{role: identityport.RoleMember})
			session, err := s.store.SessionByToken(t.Context(), theirs.Hash())
			if err != nil {
				t.Fatal(err)
			}
			s.do(t, func(ctx context.Context, st identity.Stores) error {
				return st.Organizations.Join(ctx, identity.Membership{
					Organization: identity.OrganizationID(in.organization), User: session.User, Role: identity.Reader, CreatedAt: time.Now(),
				})
			})
			b, path := s.surfer(secret), "/api/v1/organizations/"+in.organization+"/members"
			owner := fixture.Correspondent{T: t, HTTP: b.Client, Site: s.URL}
			member := func() (role, until string) {
				t.Helper()
				var list struct {
					Items []struct {
						User_id, Role string
						Until         *string
					}
				}
				owner.JSON(http.MethodGet, path, "", 200, &list)
				for _, m := range list.Items {
					if m.User_id != string(session.User) {
						continue
					}
					if m.Until != nil {
						until = *m.Until
					}
					return m.Role, until
				}
				t.Fatal("they are no member")
				return "", ""
			}
			change := func(body string, status int, wantRole, wantUntil string) {
				t.Helper()
				owner.JSON(http.MethodPatch, path+"/"+string(session.User), body, status, nil, "Sec-Fetch-Site", "same-origin")
				if role, until := member(); role != wantRole || until != wantUntil {
					t.Errorf("%s: %q until %q, want %q until %q", body, role, until, wantRole, wantUntil)
				}
			}
			const end = "2199-03-05T00:00:00Z"
			change(`{"until":"`+end+`"}`, 204, "reader", end)
			change(`{"role":"staff"}`, 204, "staff", end)
			change(`{"role":"owner"}`, 422, "staff", end)
			change(`{"until":"2001-01-01T00:00:00Z"}`, 422, "staff", end)
			change(`{"until":"9999-12-31T23:00:00-01:00"}`, 422, "staff", end) // 10000 in UTC, which no row and no answer holds
			change(`{"until":"soon"}`, 422, "staff", end)
			change(`{"until":null}`, 204, "staff", "")

			page := func(until string) int {
				t.Helper()
				status, _, _ := b.do(t, http.MethodPost, "/organizations/"+in.organization+"/members/"+string(session.User), url.Values{"role": {"reader"}, "until": {until}})
				return status
			}
			if status := page("2199-03-04"); status >= 400 {
				t.Errorf("the page answers %d", status)
			}
			if role, until := member(); role != "reader" || until != end {
				t.Errorf("the page set %q until %q", role, until)
			}
			if _, _, body := b.do(t, http.MethodGet, "/organizations/"+in.organization, nil); !strings.Contains(body, "until the end of") || !strings.Contains(body, `value="2199-03-04"`) {
				t.Error("the page does not say until when")
			}
			if status := page("9999-12-31"); status != http.StatusUnprocessableEntity {
				t.Errorf("a day whose end is too late is answered with %d", status)
			}
			if status, _, _ := s.surfer(theirs).do(t, http.MethodGet, "/account", nil); status != http.StatusOK {
				t.Errorf("their account answers %d", status)
			}
			if status := page("never"); status != http.StatusUnprocessableEntity {
				t.Errorf("no day is answered with %d", status)
			}
		})
	}
}
