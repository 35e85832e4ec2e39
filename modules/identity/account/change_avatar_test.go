package account_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSetAvatar_MakesShowsAndRemovesAPicture(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	if cleo.Picture != "" {
		t.Errorf("a picture before there is one: %q", cleo.Picture)
	}
	set, err := h.SetAvatar(t.Context(), cleo, fixture.PNG(t, 300))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := h.Avatar(t.Context(), cleo.UserID)
	if err != nil || shown.ETag != set.ETag || !bytes.Equal(shown.Body, set.Body) || !strings.HasPrefix(shown.ContentType, "image/") {
		t.Fatalf("shown %q %q, %v", shown.ETag, shown.ContentType, err)
	}
	if have := h.MustActor(t, cookie).Picture; have != set.ETag {
		t.Errorf("the next request is told %q, want %q", have, set.ETag)
	}
	for name, file := range map[string][]byte{"SVG": []byte("<svg/>"), "a page": []byte("<html>"), "nothing": nil} {
		if _, err := h.SetAvatar(t.Context(), cleo, file); !errors.Is(err, identity.ErrAvatarFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.RemoveAvatar(t.Context(), cleo); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Avatar(t.Context(), cleo.UserID); !errors.Is(err, identity.ErrAvatarAbsent) {
		t.Errorf("removed: %v", err)
	}
	if have := h.MustActor(t, cookie).Picture; have != "" {
		t.Errorf("removed, the next request is told %q", have)
	}
	for err = nil; err == nil; {
		_, err = h.SetAvatar(t.Context(), cleo, fixture.PNG(t, 2))
	}
	if !errors.Is(err, identity.ErrTooManyAttempts) {
		t.Errorf("without end: %v", err)
	}
}
