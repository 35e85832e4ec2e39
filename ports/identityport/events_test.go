package identityport_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	cleo = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c01"
	own  = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c02"
)

// TestEvents_KeepTheirForm holds what is written and what is read to the same JSON.
// A published version never changes: a difference here means a new version.
func TestEvents_KeepTheirForm(t *testing.T) {
	t.Parallel()
	holdTo(t, identityport.UserRegistered{
		UserID: cleo, PersonalOrganization: own, Email: "cleo@neoforge.test", Name: "Cleo", Role: identityport.RoleMember,
	})
	holdTo(t, identityport.UserRenamed{UserID: cleo})
	holdTo(t, identityport.UserTokensRevoked{UserID: cleo})
	holdTo(t, identityport.OrganizationDeleted{OrganizationID: own})
	holdTo(t, identityport.UserErased{UserID: cleo, Organizations: []identityport.OrganizationID{own}})
}

func holdTo[T events.Payload](t *testing.T, p T) {
	t.Helper()
	t.Run(p.EventName(), func(t *testing.T) {
		t.Parallel()
		file := strings.TrimPrefix(p.EventName(), "identity.") + ".golden.json"
		golden, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		e, err := events.New("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c09", time.Now(), p)
		if err != nil {
			t.Fatal(err)
		}
		var have bytes.Buffer
		if err := json.Indent(&have, e.Payload, "", "  "); err != nil {
			t.Fatal(err)
		}
		have.WriteByte('\n')
		if !bytes.Equal(have.Bytes(), golden) {
			t.Errorf("written:\n%s\nwant:\n%s", &have, golden)
		}
		back, err := events.Decode[T](events.Event{Name: p.EventName(), Payload: golden})
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("read: %+v, %v, want %+v", back, err, p)
		}
	})
}
