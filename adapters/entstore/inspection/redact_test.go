package inspection

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedacted_ShowsNoLiteral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "",
		"SELECT a FROM t WHERE b = $1":        "SELECT a FROM t WHERE b = $1",
		"SELECT a FROM t WHERE b = 'ada'":     "SELECT a FROM t WHERE b = ?",
		"SELECT 'it''s ada', 2":               "SELECT ?, ?",
		`SELECT E'a\'ada', "a ""b", 'x'`:      `SELECT ?, "a ""b", ?`,
		`SELECT 'a\', b`:                      "SELECT ?, b",
		"SELECT a LIKE'ada'":                  "SELECT a LIKE?",
		"SELECT U&'d\\0061t' , N'ada', X'1F'": "SELECT U&? , ?, ?",
		"SELECT $$ada$$, $a$ada $$ b$a$, $12": "SELECT ?, ?, $12",
		"SELECT t1.a2, 1.5e-3, .5, 0xFF, -7":  "SELECT t1.a2, ?, ?, ?, -?",
		"SELECT 1_000, 12::int, a[3]":         "SELECT ?, ?::int, a[?]",
		"SELECT a -- ada@example.org\nFROM t": "SELECT a \nFROM t",
		"SELECT /* ada /* and */ ben */ a":    "SELECT   a",
		"SELECT 'ada":                         "SELECT ?",
		"SELECT /* ada":                       "SELECT  ",
		"SELECT $ada$ben":                     "SELECT ?",
		"SELECT größe1 FROM größen":           "SELECT größe1 FROM größen",
		"SELECT \xff":                         "SELECT \uFFFD",
	} {
		if have := redacted(text); have != want {
			t.Errorf("%q: %q, want %q", text, have, want)
		}
	}
	if have := redacted(strings.Repeat("ä ", 1<<20)); len(have) > maxText+len("…") || !utf8.ValidString(have) {
		t.Errorf("a long statement is %d bytes", len(have))
	}
}

func FuzzRedacted(f *testing.F) {
	for _, seed := range []string{"", "'", `E'\`, "$$", "$a$", "/*", "--", "1e", `"`, "U&'", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before) > 1000 || len(after) > 1000 {
			return
		}
		have := redacted(before + after)
		if len(have) > maxText+len("…") || !utf8.ValidString(have) {
			t.Errorf("%q", have)
		}
		if again := redacted("SELECT a FROM t WHERE b = 'hunter2ada' AND c = '" + strings.ReplaceAll(before, "'", "''") + "'"); again != "SELECT a FROM t WHERE b = ? AND c = ?" {
			t.Errorf("%q", again)
		}
	})
}
