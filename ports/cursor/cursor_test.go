package cursor_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
)

func TestDecode_ReadsWhatEncodeWrote(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p   cursor.Position
		ids cursor.IDs
	}{
		{cursor.Position{At: time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC), ID: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"}, cursor.UUIDs},
		{cursor.Position{At: time.Unix(0, 0).UTC(), ID: "00000000-0000-0000-0000-000000000000"}, cursor.UUIDs},
		{cursor.Position{At: time.Unix(0, 0).UTC(), ID: "7"}, cursor.Numbers},
	} {
		if have, ok := cursor.Decode(cursor.Encode(c.p), c.ids); !ok || have != c.p {
			t.Errorf("%+v was read back as %+v, %t", c.p, have, ok)
		}
	}
	if have, ok := cursor.Decode("", cursor.UUIDs); !ok || have != (cursor.Position{}) {
		t.Errorf("no cursor is %+v, %t", have, ok)
	}
}

func TestDecode_RefusesOtherFormsOfANumber(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"+1", "01", "-1", " 1", "1e3", ""} {
		s := base64.RawURLEncoding.EncodeToString([]byte(number + ".0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"))
		if p, ok := cursor.Decode(s, cursor.UUIDs); ok {
			t.Errorf("%q was read as %+v", number, p)
		}
	}
}

func TestDecode_RefusesIDsOfAnotherList(t *testing.T) {
	t.Parallel()
	numbered := cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: "7"})
	if p, ok := cursor.Decode(numbered, cursor.UUIDs); ok {
		t.Errorf("a number was read as a UUID: %+v", p)
	}
	for _, id := range []string{"0", "-7", "07", "12345678901234567890"} {
		if p, ok := cursor.Decode(cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: id}), cursor.Numbers); ok {
			t.Errorf("%q was read as %+v", id, p)
		}
	}
}

func FuzzDecode_ReadsACursorThatWasGivenOutOrNone(f *testing.F) {
	f.Add("")
	f.Add("MQ")
	f.Add(cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"}))
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := cursor.Decode(s, cursor.UUIDs); ok && s != "" && cursor.Encode(p) != s {
			t.Errorf("%q was read as %+v, which is written %q", s, p, cursor.Encode(p))
		}
	})
}

func TestDecodeRank_ReadsWhatEncodeRankWrote(t *testing.T) {
	t.Parallel()
	const id = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21"
	for _, score := range []int64{0, 7, 1<<63 - 1} {
		r := cursor.Rank{Score: score, ID: id}
		if have, ok := cursor.DecodeRank(cursor.EncodeRank(r), cursor.UUIDs); !ok || have == nil || *have != r {
			t.Errorf("%+v was read back as %+v, %t", r, have, ok)
		}
	}
	if have, ok := cursor.DecodeRank("", cursor.UUIDs); !ok || have != nil {
		t.Errorf("no cursor is %+v, %t", have, ok)
	}
	for _, s := range []string{"x", cursor.EncodeRank(cursor.Rank{Score: -1, ID: id}), cursor.EncodeRank(cursor.Rank{ID: "7"}), cursor.EncodeRank(cursor.Rank{ID: id}) + "A"} {
		if have, ok := cursor.DecodeRank(s, cursor.UUIDs); ok {
			t.Errorf("%q was read as %+v", s, have)
		}
	}
}
