package content_test

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func goodText() content.Text {
	return content.Text{
		Slug: "a-post", Title: "A post", Excerpt: "About it.", Markdown: "Text.", Tags: []string{"craft"}, Visibility: content.Public,
	}
}

func TestPost_ATextIsTrimmedAndItsTagsAreOfOneForm(t *testing.T) {
	t.Parallel()
	text := goodText()
	text.Title, text.Slug, text.Excerpt = "  A \u202epo\u200bst\u2060 \n\u200b", " a-post ", " \u2067x\ufeff "
	text.Markdown = "one\r\ntwo"
	text.Tags = []string{" Craft ", "craft", "Two  Words", "", "Über"}
	got, err := text.Clean()
	if err != nil {
		t.Fatal(err)
	}
	want := content.Text{
		Slug: "a-post", Title: "A post", Excerpt: "x", Markdown: "one\ntwo",
		Tags: []string{"craft", "two-words", "über"}, Visibility: content.Public,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("clean text: %+v, want %+v", got, want)
	}
}

func TestCleanTag_KeepsTheMarksOfItsScript(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"हिन्दी": "हिन्दी", "ภาษา ไทย": "ภาษา-ไทย", "Gro\u0308ße": "größe", "مُحَمَّد": "مُحَمَّد", "か\u3099": "が"} {
		if have, ok := content.CleanTag(typed); !ok || have != want {
			t.Errorf("%q became %q, %t; want %q", typed, have, ok, want)
		}
	}
	for _, typed := range []string{"\u0308", "c\u0000", strings.Repeat("हि", 21)} {
		if have, ok := content.CleanTag(typed); ok {
			t.Errorf("%q became %q", typed, have)
		}
	}
}

func TestPost_EveryFaultOfATextIsNamedByItsField(t *testing.T) {
	t.Parallel()
	many := func(n int) (tags []string) {
		for i := range n {
			tags = append(tags, "tag-"+strings.Repeat("x", i))
		}
		return tags
	}
	for name, c := range map[string]struct {
		spoil func(*content.Text)
		field string
	}{
		"no title":               {func(t *content.Text) { t.Title = "  " }, "title"},
		"a long title":           {func(t *content.Text) { t.Title = strings.Repeat("ä", 201) }, "title"},
		"a title of two lines":   {func(t *content.Text) { t.Title = "a\nb" }, "title"},
		"a tag nobody sees":      {func(t *content.Text) { t.Tags = []string{"\u3164"} }, "tags"},
		"a tag that turns round": {func(t *content.Text) { t.Tags = []string{"a\u202eb"} }, "tags"},
		"a broken title":         {func(t *content.Text) { t.Title = "a\xff" }, "title"},
		"a long excerpt":         {func(t *content.Text) { t.Excerpt = strings.Repeat("ä", 501) }, "excerpt"},
		"no slug":                {func(t *content.Text) { t.Slug = "" }, "slug"},
		"capitals in slug":       {func(t *content.Text) { t.Slug = "A-post" }, "slug"},
		"a slash in slug":        {func(t *content.Text) { t.Slug = "a/post" }, "slug"},
		"hyphens side by side":   {func(t *content.Text) { t.Slug = "a--post" }, "slug"},
		"a hyphen at the end":    {func(t *content.Text) { t.Slug = "a-post-" }, "slug"},
		"a newline in slug":      {func(t *content.Text) { t.Slug = "a-post\nb" }, "slug"},
		"a long slug":            {func(t *content.Text) { t.Slug = strings.Repeat("a", 121) }, "slug"},
		"a long body":            {func(t *content.Text) { t.Markdown = strings.Repeat("a", content.MaxBody+1) }, "body_markdown"},
		"a body that is binary":  {func(t *content.Text) { t.Markdown = "a\x00b" }, "body_markdown"},
		"a body not in UTF-8":    {func(t *content.Text) { t.Markdown = "a\xff" }, "body_markdown"},
		"too many tags":          {func(t *content.Text) { t.Tags = many(11) }, "tags"},
		"a long tag":             {func(t *content.Text) { t.Tags = []string{strings.Repeat("ä", 41)} }, "tags"},
		"a tag with a sign":      {func(t *content.Text) { t.Tags = []string{"c++"} }, "tags"},
		"an unknown visibility":  {func(t *content.Text) { t.Visibility = "secret" }, "visibility"},
		"no visibility":          {func(t *content.Text) { t.Visibility = "" }, "visibility"},
	} {
		text := goodText()
		c.spoil(&text)
		_, err := text.Clean()
		if !errors.Is(err, content.ErrInvalidPost) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		fields := fault.As(err).Fields
		if len(fields) != 1 || fields[0].Name != c.field || fields[0].Message == "" {
			t.Errorf("%s: faults %+v, want one of %s", name, fields, c.field)
		}
	}
	if _, err := (content.Text{}).Clean(); len(fault.As(err).Fields) != 3 {
		t.Errorf("an empty text: %+v", fault.As(err).Fields)
	}
}

func TestPost_TheBoundsOfATextAreWithinIt(t *testing.T) {
	t.Parallel()
	text := goodText()
	text.Title, text.Excerpt = strings.Repeat("ä", 200), strings.Repeat("ä", 500)
	text.Slug, text.Markdown = strings.Repeat("a", 120), strings.Repeat("a", content.MaxBody)
	text.Tags = []string{strings.Repeat("ä", 40), "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	if _, err := text.Clean(); err != nil {
		t.Error(err)
	}
}

// Each tag is compared with those before it, which takes time by the square of their number.
func TestPost_TagsBeyondTheMostAreNotLookedAt(t *testing.T) {
	few, many := goodText(), goodText()
	for i := range 20_000 {
		many.Tags = append(many.Tags, strconv.Itoa(i))
	}
	few.Tags = many.Tags[:content.MaxTags+1]
	effort := func(text content.Text) float64 {
		return testing.AllocsPerRun(1, func() {
			if _, err := text.Clean(); !errors.Is(err, content.ErrInvalidPost) {
				t.Errorf("%d tags: %v", len(text.Tags), err)
			}
		})
	}
	if little, much := effort(few), effort(many); much > 2*little {
		t.Errorf("%d tags are refused by %v allocations, %d by %v", len(few.Tags), little, len(many.Tags), much)
	}
}

func TestPost_ANewPostIsADraftOfVersionOne(t *testing.T) {
	t.Parallel()
	p := content.NewPost("id", "ben", goodText(), content.Rendered{}, noon)
	if s := p.State(); s.Status != content.Draft || s.Version != 1 || !s.PublishedAt.IsZero() || s.CreatedAt != noon {
		t.Errorf("new post: %+v", s)
	}
}

func TestPost_AnEditorWhoSawAnOlderVersionIsRefused(t *testing.T) {
	t.Parallel()
	p := content.NewPost("id", "ben", goodText(), content.Rendered{}, noon)
	revised := goodText()
	revised.Title = "Another"
	if err := p.Revise(1, revised, content.Rendered{}, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := p.Revise(1, goodText(), content.Rendered{}, noon); !errors.Is(err, content.ErrPostChanged) {
		t.Errorf("the second editor: %v", err)
	}
	if s := p.State(); s.Version != 2 || s.Text.Title != "Another" || s.UpdatedAt != noon.Add(time.Hour) {
		t.Errorf("after both: %+v", s)
	}
}

func TestPost_APostKeepsTheDateOfItsFirstPublication(t *testing.T) {
	t.Parallel()
	p := content.NewPost("id", "ben", goodText(), content.Rendered{}, noon)
	if err := p.Unpublish(noon); !errors.Is(err, content.ErrNotPublished) {
		t.Errorf("a draft was unpublished: %v", err)
	}
	for i, step := range []func(time.Time) error{p.Publish, p.Unpublish, p.Publish} {
		if err := step(noon.Add(time.Duration(i) * time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Publish(noon); !errors.Is(err, content.ErrAlreadyPublished) {
		t.Errorf("published twice: %v", err)
	}
	if s := p.State(); s.PublishedAt != noon || s.Version != 4 || s.Status != content.Published {
		t.Errorf("after all: %+v", s)
	}
}

func TestPost_AStateIsACopy(t *testing.T) {
	t.Parallel()
	p := content.NewPost("id", "ben", goodText(), content.Rendered{}, noon)
	p.State().Text.Tags[0] = "changed"
	if got := p.State().Text.Tags; !slices.Equal(got, []string{"craft"}) {
		t.Errorf("tags: %v", got)
	}
}

func TestPost_AHandleIsMadeOfWhatANameHasInASCII(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada": "ada", "Ada Lane": "ada-lane", " A. B.  C ": "a-b-c", "Ünal": "nal", "日本": "author", "": "author",
		strings.Repeat("ab ", 30): "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a",
	} {
		if got := content.HandleFrom(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestNormalizeMarkdown_EndsLinesAsMarkdownKnowsThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\r\nb\rc\u2028d\u2029e\u0085f\vg\fh": "a\nb\nc\nd\ne\nf\ng\nh",
		"a\n\u00a0\nb\n\u3000 \nc\n\u200b\nd":  "a\n\nb\n\nc\n\nd",
		"a\n  \nb\n\t\nc":                      "a\n  \nb\n\t\nc", // Markdown knows these
		"a\u00a0b \u200d👩\u200d👧":              "a\u00a0b \u200d👩\u200d👧",
		"":                                     "",
	} {
		if got := content.NormalizeMarkdown(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestPost_SaysWhetherTheRulesOfTodayCutItsTeaser(t *testing.T) {
	t.Parallel()
	act := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	current := func(when string, p *content.Post, want bool) {
		t.Helper()
		if s := p.State(); (s.RenderedVersion == s.Version) != want {
			t.Errorf("%s: version %d has the teaser of version %d", when, s.Version, s.RenderedVersion)
		}
	}
	p := content.NewPost("p", "a", content.Text{}, content.Rendered{}, time.Now())
	current("new", p, true)
	act(p.Publish(time.Now()))
	current("published", p, true)
	act(p.Revise(2, content.Text{}, content.Rendered{}, time.Now()))
	current("revised", p, true)

	old := p.State()
	old.RenderedVersion = 1
	p = content.RestorePost(old)
	current("saved by an older release", p, false)
	act(p.Unpublish(time.Now()))
	current("unpublished", p, false)
	act(p.Publish(time.Now()))
	current("published once more", p, false)
	act(p.Revise(5, content.Text{}, content.Rendered{}, time.Now()))
	current("revised at last", p, true)
}

func TestDraftID_IsOneForAnAuthorAndAKey(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[content.PostID]bool{}
	for _, of := range []struct {
		author identityport.UserID
		key    string
	}{{"u-1", "a"}, {"u-1", "b"}, {"u-2", "a"}, {"u-1", strings.Repeat("k", content.MaxDraftKey)}, {"u-1", "~ with spaces"}} {
		id, err := content.DraftID(of.author, of.key)
		if err != nil || !uuid.MatchString(string(id)) || seen[id] {
			t.Errorf("%v: %q, %v", of, id, err)
		}
		if again, _ := content.DraftID(of.author, of.key); again != id {
			t.Errorf("%v: %q, then %q", of, id, again)
		}
		seen[id] = true
	}
	for _, key := range []string{"", strings.Repeat("k", content.MaxDraftKey+1), "a\x00", "a\n", "\u00fc", "\xff"} {
		if id, err := content.DraftID("u-1", key); !errors.Is(err, content.ErrInvalidDraftKey) || id != "" {
			t.Errorf("%q: %q, %v", key, id, err)
		}
	}
}

func TestChangeKind_IsForWhatWasNeverPublished(t *testing.T) {
	t.Parallel()
	p := content.NewPost("id", "ben", goodText(), content.Rendered{}, noon)
	if p.State().Kind != content.KindPost || content.NewDraft(content.KindPage, "id", "ben", goodText(), content.Rendered{}, noon).State().Kind != content.KindPage {
		t.Fatal("a draft is not begun as what it is to be")
	}
	if err := p.ChangeKind("leaflet"); !errors.Is(err, content.ErrUnknownKind) {
		t.Errorf("another kind: %v", err)
	}
	if err := p.ChangeKind(content.KindPage); err != nil || p.State().Kind != content.KindPage {
		t.Errorf("a draft became %s, %v", p.State().Kind, err)
	}
	for _, step := range []func() error{func() error { return p.Publish(noon) }, func() error { return p.Unpublish(noon) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if err := p.ChangeKind(content.KindPost); !errors.Is(err, content.ErrKindFixed) || p.State().Kind != content.KindPage {
			t.Errorf("once published, it became %s, %v", p.State().Kind, err)
		}
		if err := p.ChangeKind(content.KindPage); err != nil {
			t.Errorf("as it is: %v", err)
		}
	}
}

func TestPathOf_IsWhereReadersFindIt(t *testing.T) {
	t.Parallel()
	for path, have := range map[string]string{
		"/posts/on-tempering":    content.PathOf(content.KindPost, "on-tempering"),
		"/pages/gr%C3%B6%C3%9Fe": content.PathOf(content.KindPage, "größe"),
		"/pages/about":           content.PostState{Kind: content.KindPage, Text: content.Text{Slug: "about"}}.Path(),
		"/posts/about":           content.Summary{Slug: "about"}.Path(), // kept before there were pages
	} {
		if have != path {
			t.Errorf("%s, want %s", have, path)
		}
	}
}

// A list shows many posts, of which each may be very long.
func TestOpening_IsLookedForAtTheBeginning(t *testing.T) {
	t.Parallel()
	teaser := "<p>" + strings.Repeat("<br>", 100_000) + "too far</p>"
	if got := (content.Summary{Teaser: teaser}).Opening(); got != "" {
		t.Errorf("it was found as far as %q", got)
	}
	if got := (content.Summary{Teaser: "<p>The first words.</p>" + teaser}).Opening(); got != "The first words." {
		t.Errorf("it is %q", got)
	}
	for _, long := range []string{strings.Repeat("ŵord ", 100_000), strings.Repeat("<br>", 16_000) + "ŵord<a title=\"" + strings.Repeat("x", 100_000)} {
		if got := (content.Summary{Teaser: long}).Opening(); !strings.HasPrefix(got, "ŵord") || strings.Contains(got, "title") {
			t.Errorf("a text that is cut in a word or a tag opens with %q", got)
		}
	}
}

func TestOpening_IsTheExcerptOrWhatEverybodyMayRead(t *testing.T) {
	t.Parallel()
	teaser := "<h2 id=\"a\">Boats</h2>\n<p>The <em>harbour</em> &amp; the town.</p>\n"
	gated := content.PostState{Text: content.Text{Visibility: content.Paid}, Rendered: content.Rendered{Teaser: teaser, Body: teaser + "<p>What is paid for.</p>"}}
	for name, c := range map[string]struct{ have, want string }{
		"an excerpt":          {content.Summary{Excerpt: "In short.", Teaser: teaser}.Opening(), "In short."},
		"the first words":     {content.Summary{Teaser: teaser}.Opening(), "Boats The harbour & the town."},
		"of a gated post":     {gated.Opening(), "Boats The harbour & the town."},
		"of a text of none":   {content.Summary{}.Opening(), ""},
		"of a very long text": {content.Summary{Teaser: "<p>" + strings.Repeat("word ", 1000) + "</p>"}.Opening(), strings.Repeat("word ", 31) + "word…"},
	} {
		if c.have != c.want {
			t.Errorf("%s: %q, want %q", name, c.have, c.want)
		}
	}
}

func TestRendered_IsBounded(t *testing.T) {
	t.Parallel()
	most := strings.Repeat("x", content.MaxRendered)
	if err := (content.Rendered{Body: most, Teaser: most}).Check(); err != nil {
		t.Errorf("of the most: %v", err)
	}
	for name, r := range map[string]content.Rendered{"body": {Body: most + "x"}, "teaser": {Teaser: most + "x"}} {
		if err := r.Check(); !errors.Is(err, content.ErrInvalidPost) || !strings.Contains(fault.As(err).Fields[0].Message, "a page of 5 MB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAutosave_LeavesTheAddressThatReadersKnow(t *testing.T) {
	t.Parallel()
	p := content.NewPost("p1", "u1", goodText(), content.Rendered{}, noon)
	typed := goodText()
	typed.Slug = "half-ty"
	if err := p.Autosave(1, typed, content.Rendered{}, noon); err != nil || p.State().Text.Slug != "half-ty" {
		t.Errorf("of what nobody has read: %q, %v", p.State().Text.Slug, err)
	}
	for _, do := range []func(time.Time) error{p.Publish, p.Unpublish} {
		if err := do(noon); err != nil {
			t.Fatal(err)
		}
	}
	typed.Slug, typed.Markdown = "half-typ", "Another."
	if err := p.Autosave(p.State().Version, typed, content.Rendered{}, noon); err != nil || p.State().Text.Slug != "half-ty" || p.State().Text.Markdown != "Another." {
		t.Errorf("of what was published once: %+v, %v", p.State().Text, err)
	}
	if err := p.Revise(p.State().Version, typed, content.Rendered{}, noon); err != nil || p.State().Text.Slug != "half-typ" {
		t.Errorf("by hand: %q, %v", p.State().Text.Slug, err)
	}
}
