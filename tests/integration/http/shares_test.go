package http_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestAPI_PublishesWhatIsSharedToBePublished has somebody whose role writes, and publishes
// nothing, do by the API what they may do in the studio.
func TestAPI_PublishesWhatIsSharedToBePublished(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{})
	as := func(email string) fixture.Correspondent {
		return fixture.Correspondent{T: t, HTTP: p.SignedIn(t, email), Site: p.URL}
	}
	ada, ben, cleo := as("ada@neoforge.test"), as("ben@neoforge.test"), as("cleo@neoforge.test")
	var me, role, post struct{ ID, Name string }
	cleo.JSON("GET", "/api/v1/me", "", 200, &me)
	ada.JSON("POST", "/api/v1/admin/roles", `{"label":"Writer","permissions":["content.post.write"]}`, 201, &role)
	ada.JSON("PATCH", "/api/v1/admin/users/"+me.ID, `{"role":"`+role.Name+`"}`, 200, nil)
	ben.JSON("POST", "/api/v1/posts", `{"title":"Ours","body_markdown":"One.","visibility":"public"}`, 201, &post)
	at := "/api/v1/posts/" + post.ID

	ben.JSON("POST", at+"/shares", `{"email":"cleo@neoforge.test","share":"edit"}`, 202, nil)
	accept := func() {
		t.Helper()
		var offers struct{ Items []struct{ ID string } }
		cleo.JSON("GET", "/api/v1/me/offers", "", 200, &offers)
		for _, o := range offers.Items {
			cleo.JSON("POST", "/api/v1/me/offers/"+o.ID+"/accept", "", 204, nil)
		}
	}
	accept()
	schedule := `{"publish_at":"` + time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339) + `","zone":"Europe/Berlin"}`
	for method, path := range map[string]string{"POST": "/publish", "PUT": "/schedule"} {
		var fault struct{ Code string }
		cleo.JSON(method, at+path, map[string]string{"PUT": schedule}[method], 403, &fault)
		if fault.Code != "content.may_not_publish" {
			t.Errorf("%s of what is shared to be edited: %+v", path, fault)
		}
	}

	ben.JSON("POST", at+"/shares", `{"email":"cleo@neoforge.test","share":"publish"}`, 202, nil)
	accept()
	cleo.JSON("PUT", at+"/schedule", schedule, 200, nil)
	cleo.JSON("DELETE", at+"/schedule", "", 200, nil)
	cleo.JSON("POST", at+"/publish", "", 200, nil)
	cleo.JSON("PATCH", at+"/working-copy", `{"body_markdown":"Two."}`, 200, nil, "If-Match", `"0"`)
	cleo.JSON("POST", at+"/working-copy/publish", "", 200, nil, "If-Match", "*")
	cleo.JSON("POST", at+"/unpublish", "", 200, nil)
	as("dan@neoforge.test").JSON("POST", at+"/publish", "", 403, nil)
}
