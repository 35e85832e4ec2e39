package privacy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestExportUser_HoldsEverythingButProofs(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	h.MustCome(t, fixture.VerifiedClaim("subject-1", "cleo@neoforge.test"))
	document, err := h.ExportUser(t.Context(), identityport.Subject{User: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(u.ID), "cleo@neoforge.test", "subject-1", fixture.Laptop.IP, in.Session.ID, `"has_password":true`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	for _, proof := range []string{"cheap:", in.Secret.Reveal()} {
		if bytes.Contains(text, []byte(proof)) {
			t.Errorf("the export holds the proof %q", proof)
		}
	}
	if _, err := h.ExportUser(t.Context(), identityport.Subject{User: fixture.GoldenUser}); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("nobody: %v", err)
	}
}
