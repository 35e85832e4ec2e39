package content_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func mustParse(t *testing.T, text string) content.SearchQuery {
	t.Helper()
	q, err := content.ParseSearch(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return q
}

// written is a query as a line: phrases in brackets, "-" before what is left out, "*" behind
// what may go on, "~" behind what may go on in titles.
func written(q content.SearchQuery) string {
	terms := make([]string, len(q.Terms))
	for i, t := range q.Terms {
		s := strings.Join(t.Tokens, " ")
		if len(t.Tokens) > 1 {
			s = "[" + s + "]"
		}
		if t.Without {
			s = "-" + s
		}
		if t.Prefix {
			s += "*"
		}
		if t.Titles {
			s += "~"
		}
		terms[i] = s
	}
	return strings.Join(terms, " ")
}

func TestParseSearch_ReadsWhatPeopleType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		" \t ":                       "",
		"Straße  in Köln ":           "strasse in koln*",
		"go":                         "go~",
		"g":                          "g",
		"forge ho":                   "forge ho~",
		"forge hot":                  "forge hot*",
		`"cold steel" fire`:          "[cold steel] fire*",
		`"cold steel`:                "[cold steel]",
		`cold"steel"iron`:            "cold steel iron*",
		"„kalter Stahl“ «fer froid»": "[kalter stahl] [fer froid]",
		"fire -water":                "fire -water",
		`fire -"cold water"`:         "fire -[cold water]",
		"\u2212water":                "-water",
		"fire - water":               "fire water*",
		"-":                          "",
		"--water":                    "-water",
		"well-known":                 "[well known]*",
		"AC/DC x":                    "[ac dc] x",
		"AND OR NOT":                 "and or not*",
		"paid:secret":                "[paid secret]*",
		"*":                          "",
		`"" ''`:                      "",
		"猫":                          "猫*",
		"黒猫":                         "黒猫",
		"黒猫がいる":                      "[黒猫 猫が がい いる]",
		"Go言語 x":                     "[go 言語] x",
		"言語go":                       "[言語 語 go]~",
		"-猫":                         "-猫*",
		"\xff\xfe":                   "",
	} {
		if have := written(mustParse(t, text)); have != want {
			t.Errorf("%q: have %s, want %s", text, have, want)
		}
	}
}

func TestParseSearch_RefusesWhatIsTooLong(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		strings.Repeat("x", 200): true, strings.Repeat("x", 201): false, strings.Repeat("\U0001f525", 200): true, strings.Repeat("x", 10_000): false,
		strings.Repeat("x ", 32): true, strings.Repeat("x ", 33): false, strings.Repeat("- ", 90): true, strings.Repeat("\xff", 200): true,
	} {
		if _, err := content.ParseSearch(text); ok != (err == nil) || err != nil && !errors.Is(err, content.ErrSearchTooLong) {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func TestSearchQuery_FindsOnlyWithAWordToFind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "-x": false, `-"a b" -c`: false, "*": false, "a -x": true, "猫": true} {
		if mustParse(t, text).Finds() != want {
			t.Errorf("%q: want %t", text, want)
		}
	}
}

func TestSearchQuery_PutsOtherWordsWhereTheyWereTyped(t *testing.T) {
	t.Parallel()
	q := mustParse(t, `hot  steele -water "cold irn" ire`)
	words := map[int]string{}
	for i, term := range q.Terms {
		if word := term.Word(); word != "" {
			words[i] = "<" + word + ">"
		}
	}
	if have, want := q.With(words), `<hot>  <steele> -water "cold irn" <ire>`; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
	if have := q.With(nil); have != q.Text {
		t.Errorf("without words: %s", have)
	}
}

func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{"", `"`, "-", `-"`, "a\"b", "黒猫 go", "\xff\"-", strings.Repeat("\"-", 99), "„a“ «b»"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := content.ParseSearch(s)
		if err != nil {
			if !errors.Is(err, content.ErrSearchTooLong) {
				t.Fatal(err)
			}
			return
		}
		if len(q.Terms) > content.MaxSearchTerms || utf8.RuneCountInString(q.Text) > content.MaxSearch {
			t.Fatalf("%d terms of %d bytes", len(q.Terms), len(q.Text))
		}
		last := 0
		for _, term := range q.Terms {
			if term.From < last || term.To <= term.From || term.To > len(q.Text) || len(term.Tokens) == 0 || term.Prefix && term.Titles {
				t.Fatalf("%q: %+v", s, term)
			}
			last = term.To
		}
		for _, runs := range [][]content.SearchRun{q.Mark(s), q.Snippet(s)} {
			for _, r := range runs {
				if r.Text == "" {
					t.Fatalf("%q: an empty run of %+v", s, runs)
				}
			}
		}
		if have := unmarked(q.Mark(s)); have != s {
			t.Fatalf("%q is shown as %q", s, have)
		}
	})
}

func unmarked(runs []content.SearchRun) (text string) {
	for _, r := range runs {
		text += r.Text
	}
	return text
}

func shown(runs []content.SearchRun) (text string) {
	for _, r := range runs {
		if r.Marked {
			text += "[" + r.Text + "]"
			continue
		}
		text += r.Text
	}
	return text
}

func TestMark_MarksWhatIsLookedFor(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"strasse", "Die Straße.", "Die [Straße]."},
		{"str", "Straße, Strich", "[Straße], [Strich]"},
		{"st", "Straße", "[Straße]"},
		{"cold steel", "Cold, cold Steel", "[Cold], [cold] [Steel]"},
		{"-cold steel", "cold steel", "cold [steel]"},
		{"猫", "黒猫と白猫", "黒[猫]と白[猫]"},
		{"黒猫 猫と", "黒猫と", "[黒猫と]"},
		{"nothing", "cold steel", "cold steel"},
		{`"cold steel"`, "cold iron, cold steel and cold", "cold iron, [cold steel] and cold"},
		{"well-kn", "Well, well-known", "Well, [well-known]"},
		{`"steel cold"`, "cold steel", "cold steel"},
		{"大go言語 x", "巨大go言語処理", "巨[大go言語]処理"},
		{`"a b" b`, "a b b", "[a b] [b]"},
		{"a", "", ""},
		{"ﬁre", "Fire", "[Fire]"},
		{"ガス", "ｶﾞｽです", "[ｶﾞｽ]です"},
		{"<b>", "a <b> c", "a <[b]> c"},
	} {
		if have := shown(mustParse(t, c[0]).Mark(c[1])); have != c[2] {
			t.Errorf("%q in %q: have %s, want %s", c[0], c[1], have, c[2])
		}
	}
}

func TestSnippet_IsWhereMostIsFoundTogether(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("ash and coal ", 40)
	text := "iron at the beginning " + filler + "then iron and steel together " + filler
	have := shown(mustParse(t, "iron steel").Snippet(text))
	if !strings.Contains(have, "then [iron] and [steel] together") || !strings.HasPrefix(have, "… ") || !strings.HasSuffix(have, " …") || len(have) > 300 {
		t.Errorf("have %s", have)
	}
	if have := shown(mustParse(t, "absent").Snippet(text)); !strings.HasPrefix(have, "iron at") || len(have) > 260 {
		t.Errorf("have %s", have)
	}
	if have := shown(mustParse(t, "absent").Snippet("  short\n text ")); have != "short text" {
		t.Errorf("have %q", have)
	}
	if have := mustParse(t, "absent").Snippet(""); len(have) != 0 {
		t.Errorf("have %v", have)
	}
	for _, unspaced := range []string{strings.Repeat("猫が好き", 300) + "犬" + strings.Repeat("鳥が好き", 300), strings.Repeat("x", 500) + " 犬 " + strings.Repeat("का", 500)} {
		runs := mustParse(t, "犬").Snippet(unspaced)
		if have := shown(runs); !strings.Contains(have, "[犬]") || !utf8.ValidString(have) || len(have) > 400 {
			t.Errorf("have %s", have)
		}
	}
}

func TestTextOf_ReadsWhatIsShown(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"<p>One</p>\n<p>Two</p>": "One\nTwo", "<p>w<b>or</b>d</p>": "word", "a<br>b": "a\nb", "H<sub>2</sub>O": "H2O", "text<sup><a href=\"#fn\">1</a></sup>": "text\n1",
		"&lt;b&gt; &amp; &eacute;": "<b> & é", `<img alt="a > b" src="x">c`: "c", "<script>x</script>y": "y", "<!-- <p>no</p> -->z": "z", "<svg><title>no</title></svg>z": "z",
		"<li>a</li><li>b</li>": "a\nb", "<td>a</td><td>b</td>": "a\nb", "<p": "", "a<": "a", "<a href='": "", "": "", "<code>a</code>, b": "a, b", "<P>A</P>B": "A\nB",
		"<span class=\"k\">func</span> <span>x</span>": "func x",
	} {
		if have := content.TextOf(page); have != want {
			t.Errorf("%q: have %q, want %q", page, have, want)
		}
	}
}

func TestMistakes_CountsWhatPeopleMistype(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		most int
		n    int
		ok   bool
	}{
		{"forge", "forge", 1, 0, true}, {"forge", "frge", 1, 1, true}, {"forge", "forrge", 1, 1, true}, {"forge", "forgw", 1, 1, true}, {"forge", "froge", 1, 1, true},
		{"forge", "frgoe", 1, 0, false}, {"forge", "frgoe", 2, 2, true}, {"größe", "groesse", 2, 0, false}, {"größe", "große", 1, 1, true}, {"", "a", 1, 1, true},
		{"abc", "", 2, 0, false}, {"a", "\xff", 2, 0, false},
	} {
		if n, ok := content.Mistakes(c.a, c.b, c.most); ok != c.ok || ok && n != c.n {
			t.Errorf("%q and %q: %d, %t", c.a, c.b, n, ok)
		}
	}
}

// One function decides who reads a post; a search goes through those posts whole that
// everybody of its reader's kind may read.
func TestSearchedWhole_IsWhatTheGateOpens(t *testing.T) {
	t.Parallel()
	people := map[string]identityport.Actor{
		"visitor": {}, "member": member, "author": author, "editor": editor, "writer": writer,
		"overdue": {UserID: "cleo", SecondFactorOverdue: true}, "nobody who may write": {Permissions: []identityport.Permission{content.PermissionWrite}},
	}
	for name, who := range people {
		for _, paying := range []bool{false, true} {
			whole := content.SearchedWhole(who, paying)
			for _, v := range []content.Visibility{content.Members, content.Paid} {
				open := content.GateFor(who, postOf("somebody else", v), paying, content.NotShared) == content.Open && who.SignedIn() && !who.SecondFactorOverdue
				if slices.Contains(whole, v) != open {
					t.Errorf("%s, paying %t, %s: searched whole is %v", name, paying, v, whole)
				}
			}
			if slices.Contains(whole, content.Public) {
				t.Errorf("%s: %v", name, whole)
			}
		}
	}
}

func TestWholeParts_KeepTheGateBetweenTwoParts(t *testing.T) {
	t.Parallel()
	p := content.PostState{
		Text:     content.Text{Title: "T", Excerpt: "E", Tags: []string{"a", "b"}, Visibility: content.Paid},
		Rendered: content.Rendered{Teaser: "<p>Before</p>", Body: "<p>Before</p><p>behind</p>"},
	}
	if have, want := fmt.Sprintf("%q", p.OpenParts().All()), `["T" "a\nb" "E\nBefore" ""]`; have != want {
		t.Errorf("open: %s", have)
	}
	if have, want := fmt.Sprintf("%q", p.WholeParts().All()), `["T" "a\nb" "E\nBefore" "\nbehind"]`; have != want {
		t.Errorf("whole: %s", have)
	}
	p.Text.Visibility = content.Public
	if have, want := fmt.Sprintf("%q", p.OpenParts().All()), `["T" "a\nb" "E" "Before\nbehind"]`; have != want || fmt.Sprintf("%q", p.WholeParts().All()) != want {
		t.Errorf("public: %s", have)
	}
}
