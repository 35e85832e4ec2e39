package contentapp

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestACursorIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, p := range []content.Position{
		{At: time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC), ID: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"},
		{At: time.Unix(0, 0).UTC(), ID: "00000000-0000-0000-0000-000000000000"},
	} {
		if got, err := readCursor(writeCursor(p)); err != nil || got != p {
			t.Errorf("%+v was read back as %+v, %v", p, got, err)
		}
	}
	if got, err := readCursor(""); err != nil || got != (content.Position{}) {
		t.Errorf("no cursor is %+v, %v", got, err)
	}
}

func TestACursorIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"+1", "01", "-1", " 1", "1e3", ""} {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(number + ".0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"))
		if p, err := readCursor(cursor); !errors.Is(err, content.ErrInvalidCursor) {
			t.Errorf("%q was read as %+v, %v", number, p, err)
		}
	}
}

func FuzzACursorIsOneThatWasGivenOutOrRefused(f *testing.F) {
	f.Add("")
	f.Add("MQ")
	f.Add(writeCursor(content.Position{At: time.Unix(1, 0), ID: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"}))
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := readCursor(cursor)
		switch {
		case err != nil && !errors.Is(err, content.ErrInvalidCursor):
			t.Errorf("%q: %v", cursor, err)
		case err == nil && cursor != "" && writeCursor(p) != cursor:
			t.Errorf("%q was read as %+v, which is written %q", cursor, p, writeCursor(p))
		}
	})
}
