package contenttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// SearchPost is a published post with words of its own: what everybody may read of it, and
// the rest of it. HTML is made of paragraphs.
func SearchPost(author identityport.UserID, v content.Visibility, title, teaser, rest string, tags ...string) *content.Post {
	if tags == nil {
		tags = []string{}
	}
	text := content.Text{Slug: "post-" + idgentest.New(), Title: title, Markdown: teaser + "\n\n" + rest, Tags: tags, Visibility: v}
	r := content.Rendered{Body: "<p>" + teaser + "</p>\n<p>" + rest + "</p>", Teaser: "<p>" + teaser + "</p>", ReadingMinutes: 1}
	if v == content.Public {
		r.Teaser = r.Body
	}
	p := content.NewPost(content.PostID(idgentest.New()), author, text, r, Now)
	if err := p.Publish(Now); err != nil {
		panic(err) // a draft can be published
	}
	return p
}

// The readers of the cases of a search.
var searchReaders = map[string][]content.Visibility{
	"anonymous": nil, "member": {content.Members}, "paying": {content.Members, content.Paid},
}

// found are the titles of what a search finds, the best first.
func (h Harness) found(t *testing.T, text string, whole []content.Visibility) []string {
	t.Helper()
	q, err := content.ParseSearch(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	titles := []string{}
	for _, m := range storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: q, Whole: whole, Limit: 100})) {
		titles = append(titles, m.Title)
	}
	return titles
}

func (h Harness) finds(t *testing.T, text string, whole []content.Visibility, want ...string) {
	t.Helper()
	have := h.found(t, text, whole)
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("%q finds %q for whom %q is open, want %q", text, have, whole, want)
	}
}

func (h Harness) change(t *testing.T, p *content.Post, do func(*content.Post) error) *content.Post {
	t.Helper()
	p = content.RestorePost(p.State())
	if err := do(p); err != nil {
		t.Fatal(err)
	}
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, p.State().Author) })
	return p
}

func (h Harness) similar(t *testing.T, word string) []string {
	t.Helper()
	return append([]string{}, storetest.Must[[]string](t)(h.Reads.SimilarWords(t.Context(), word, 3))...)
}

// searchCorpus is what the cases of a search are about, with a draft.
func (h Harness) searchCorpus(t *testing.T) {
	t.Helper()
	a := h.profile(t, "ada")
	draft := Draft(a.User)
	text := draft.State().Text
	text.Title, text.Markdown = "D1 Geheimwort", "Geheimwort"
	if err := draft.Revise(1, text, content.Rendered{Body: "<p>Geheimwort</p>", Teaser: "<p>Geheimwort</p>"}, Now); err != nil {
		t.Fatal(err)
	}
	h.insert(t, draft,
		SearchPost(a.User, content.Public, "P1", "Straße in Köln", "naïve Müller"),
		SearchPost(a.User, content.Paid, "P2 Der Fluss", "Das Ufer", "Geheimwort hinter dem Gatter"),
		SearchPost(a.User, content.Members, "P3", "A teaser", "黒猫がいる"),
		SearchPost(a.User, content.Public, "P4", "हिन्दी में", ""),
	)
}

var searchCases = map[string]func(t *testing.T, h Harness){
	"each reader finds what they may read, and can tell nothing else": func(t *testing.T, h Harness) {
		h.searchCorpus(t)
		const p1, p2, p3, p4 = "P1", "P2 Der Fluss", "P3", "P4"
		for text, want := range map[string][3][]string{ // anonymous, member, paying
			"strasse":             {{p1}, {p1}, {p1}},
			"STRASSE":             {{p1}, {p1}, {p1}},
			"Straße":              {{p1}, {p1}, {p1}},
			"muller":              {{p1}, {p1}, {p1}},
			"naive":               {{p1}, {p1}, {p1}},
			"Geheimwort":          {{}, {}, {p2}},
			"fluss Geheimwort":    {{}, {}, {p2}},
			"fluss -Geheimwort":   {{p2}, {p2}, {}},
			`"Ufer Geheimwort"`:   {},
			`"Geheimwort hinter"`: {{}, {}, {p2}},
			`fluss "hinter dem"`:  {{}, {}, {p2}},
			`fluss -"hinter dem"`: {{p2}, {p2}, {}},
			"Geh":                 {{}, {}, {p2}},
			"Geheimwert":          {},
			"猫":                   {{}, {p3}, {p3}},
			"黒猫":                  {{}, {p3}, {p3}},
			"猫がい":                 {{}, {p3}, {p3}},
			"る":                   {{}, {p3}, {p3}},
			"犬":                   {},
			"हिन्दी":              {{p4}, {p4}, {p4}},
			"हद":                  {},
			"flu":                 {{p2}, {p2}, {p2}},
			"fl":                  {{p2}, {p2}, {p2}}, // two letters begin a title
			"uf":                  {},                 // and no other text
			"fl ufer":             {},                 // only the last word may be unfinished
			`"`:                   {}, "-x": {}, "*": {}, "NEAR(": {}, "paid:geheim": {}, "AND": {}, "": {}, "'); --": {}, `\`: {}, ":*": {}, "!": {}, "<->": {},
			"fluss NOT Geheimwort":   {{}, {}, {}}, // a word like others
			"fluss OR strasse":       {},
			"{paid} : geheimwort":    {},
			"fluss* ufer":            {{p2}, {p2}, {p2}},
			"(fluss":                 {{p2}, {p2}, {p2}},
			strings.Repeat("x ", 32): {},
		} {
			for i, reader := range []string{"anonymous", "member", "paying"} {
				h.finds(t, text, searchReaders[reader], want[i]...)
			}
		}
		for _, typo := range []string{"Geheimwert", "geheimwort", "gehiemwort"} {
			storetest.Equal(t, h.similar(t, strings.ToLower(typo)), []string{})
		}
	},
	"any bytes find something or nothing, and fail never": func(t *testing.T, h Harness) {
		h.searchCorpus(t)
		for _, text := range hostileSearches() {
			q, err := content.ParseSearch(text)
			if err != nil {
				storetest.Is(t, err, content.ErrSearchTooLong)
				continue
			}
			for _, whole := range searchReaders {
				if _, err := h.Reads.Search(t.Context(), content.Search{Query: q, Whole: whole, Limit: 10}); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
			for _, term := range q.Terms {
				if _, err := h.Reads.SimilarWords(t.Context(), term.Word(), 3); term.Word() != "" && err != nil {
					t.Errorf("words like %q: %v", term.Word(), err)
				}
			}
		}
	},
	"what is behind a gate changes nothing for others": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		at := Now
		var gated []*content.Post
		for i := range 6 {
			at = at.Add(time.Hour)
			p := SearchPost(a.User, content.Paid, fmt.Sprintf("Steel %d", i), "iron and coal "+strings.Repeat("ash ", i), "hidden")
			gated = append(gated, p)
			h.insert(t, p, SearchPost(a.User, content.Public, fmt.Sprintf("Fire %d", i), "iron "+strings.Repeat("ash ", 6-i), "open"))
		}
		answers := func() (all []string) {
			for _, text := range []string{"iron", "ash", "iron -hidden", "steel", "iron coal", "st", "as", "hidden", "secret", `"coal secret"`, "ash -secret"} {
				q, err := content.ParseSearch(text)
				if err != nil {
					t.Fatal(err)
				}
				for _, whole := range [][]content.Visibility{nil, {content.Members}} {
					matches := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: q, Whole: whole, Limit: 100}))
					for _, m := range matches {
						all = append(all, fmt.Sprint(text, m.Title, m.Score, m.HTML))
					}
				}
			}
			for _, word := range []string{"secrt", "hiden", "irno", "coall"} {
				all = append(all, strings.Join(h.similar(t, word), " "))
			}
			return all
		}
		before := answers()
		if len(before) < 40 {
			t.Fatalf("only %d answers", len(before))
		}
		for i, p := range gated {
			h.change(t, p, func(p *content.Post) error {
				s := p.State()
				s.Text.Markdown += " another text"
				s.Rendered.Body = s.Rendered.Teaser + "<p>secret " + strings.Repeat("iron ash coal steel ", 100*i) + "</p>"
				return p.Revise(s.Version, s.Text, s.Rendered, Now)
			})
		}
		storetest.Equal(t, answers(), before)
		h.finds(t, "secret", searchReaders["paying"], "Steel 0", "Steel 1", "Steel 2", "Steel 3", "Steel 4", "Steel 5")
	},
	"a post is found as it is, while it is published": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p := Draft(a.User)
		h.insert(t, p)
		everybody := searchReaders["anonymous"]
		retell := func(v content.Visibility, title, teaser, rest string) func(*content.Post) error {
			return func(p *content.Post) error {
				next := SearchPost(a.User, v, title, teaser, rest).State()
				next.Text.Slug = p.State().Text.Slug
				return p.Revise(p.State().Version, next.Text, next.Rendered, Now)
			}
		}
		p = h.change(t, p, retell(content.Public, "Tern", "opal", "rest"))
		h.finds(t, "opal", everybody)
		p = h.change(t, p, func(p *content.Post) error { return p.Publish(Now) })
		h.finds(t, "opal rest", everybody, "Tern")
		p = h.change(t, p, retell(content.Public, "Tern", "onyx", "rest"))
		h.finds(t, "opal", everybody)
		h.finds(t, "onyx rest", everybody, "Tern")
		p = h.change(t, p, retell(content.Paid, "Tern", "onyx", "jade"))
		h.finds(t, "onyx", everybody, "Tern")
		h.finds(t, "jade", everybody)
		h.finds(t, "jade", searchReaders["paying"], "Tern")
		p = h.change(t, p, retell(content.Members, "Tern", "onyx", "jade"))
		h.finds(t, "jade", searchReaders["member"], "Tern")
		p = h.change(t, p, func(p *content.Post) error { return p.Unpublish(Now) })
		h.finds(t, "onyx", searchReaders["paying"])
		p = h.change(t, p, func(p *content.Post) error { return p.Publish(Now.Add(time.Hour)) })
		h.finds(t, "tern", everybody, "Tern")
		h.do(t, func(ctx context.Context, s content.Stores) error {
			r := p.State().Rendered
			r.Teaser = "<p>ruby</p>"
			return s.Posts.PutRendering(ctx, p.State().ID, p.State().Version, r)
		})
		h.finds(t, "onyx", everybody)
		h.finds(t, "ruby", everybody, "Tern")
		h.do(t, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Posts.DeleteByAuthor(ctx, a.User)
			return err
		})
		h.finds(t, "tern", searchReaders["paying"])
		storetest.Equal(t, h.similar(t, "rubyy"), []string{})
	},
	"what is rolled back is not found": func(t *testing.T, h Harness) {
		p := SearchPost(Somebody(), content.Public, "Tern", "opal", "")
		failed := fmt.Errorf("of the caller")
		h.fails(t, failed, func(ctx context.Context, s content.Stores) error {
			if err := s.Posts.Insert(ctx, p); err != nil {
				return err
			}
			return failed
		})
		h.finds(t, "opal", nil)
		h.insert(t, p)
		h.finds(t, "opal", nil, "Tern")
	},
	"titles count for more than tags, and tags for more than the text": func(t *testing.T, h Harness) {
		author := Somebody()
		h.insert(t,
			SearchPost(author, content.Public, "In the text", "something of steel", "and more"),
			SearchPost(author, content.Public, "Steel in the title", "something", "and more"),
			SearchPost(author, content.Public, "In the tags", "something", "and more", "steel"),
		)
		storetest.Equal(t, h.found(t, "steel", nil), []string{"Steel in the title", "In the tags", "In the text"})
		storetest.Equal(t, h.found(t, "st", nil), []string{"Steel in the title", "In the tags"})
	},
	"pages of a search have no gaps and repeat nothing": func(t *testing.T, h Harness) {
		author := Somebody()
		var want []string
		for i := range 11 {
			title := "Post " + strconv.Itoa(i)
			v := []content.Visibility{content.Public, content.Members, content.Paid}[i%3]
			// Some of them match alike.
			h.insert(t, SearchPost(author, v, title, strings.Repeat("steel ", 1+i/4), "end"))
			want = append(want, title)
		}
		for name, whole := range searchReaders {
			var have []string
			q, err := content.ParseSearch("steel")
			if err != nil {
				t.Fatal(err)
			}
			s := content.Search{Query: q, Whole: whole, Limit: 3}
			for {
				page := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), s))
				for _, m := range page {
					have = append(have, m.Title)
					s.After = &content.SearchPlace{Score: m.Score, ID: m.ID}
				}
				if len(page) == 0 {
					break
				}
			}
			storetest.Equal(t, have, h.found(t, "steel", whole))
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Errorf("%s: have %v", name, have)
			}
		}
	},
	"a match shows what its reader may read": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p := SearchPost(a.User, content.Paid, "Tern", "opal", "jade", "birds")
		h.insert(t, p)
		q, err := content.ParseSearch("tern")
		if err != nil {
			t.Fatal(err)
		}
		for name, html := range map[string]string{"anonymous": p.State().Rendered.Teaser, "member": p.State().Rendered.Teaser, "paying": p.State().Rendered.Body} {
			have := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: q, Whole: searchReaders[name], Limit: 2}))
			if len(have) != 1 {
				t.Fatalf("%s finds %d", name, len(have))
			}
			storetest.Equal(t, have[0].Summary, SummaryOf(p.State(), a))
			storetest.Equal(t, have[0].HTML, html)
		}
	},
	"of words that somebody may have meant, those are offered that everybody may read": func(t *testing.T, h Harness) {
		author := Somebody()
		h.insert(t,
			SearchPost(author, content.Public, "Müller", "the forge and the hammer", "an anvil"),
			SearchPost(author, content.Public, "Forge", "another forge, and horses", "anvils"),
			SearchPost(author, content.Paid, "Paid", "the tongs", "bellows"),
		)
		for word, want := range map[string][]string{
			"mueler": {"müller"}, "muller": nil, "muler": {"müller"}, "foreg": {"forge"}, "frge": {"forge"}, "ofrge": {"forge"}, "hamer": {"hammer"}, "hammr": {"hammer"},
			"anvli": {"anvil"}, "tonsg": {"tongs"}, "belows": nil, "forge": nil, "xyzzy": nil, "for": nil, "horsess": {"horses"},
			strings.Repeat("f", 60): nil,
		} {
			if have := h.similar(t, word); !slices.Equal(have, want) {
				t.Errorf("for %q: have %q, want %q", word, have, want)
			}
		}
	},
	"words of what is gone, or not open any more, are not offered": func(t *testing.T, h Harness) {
		p := SearchPost(Somebody(), content.Public, "Tern", "hammer", "anvil")
		h.insert(t, p)
		storetest.Equal(t, h.similar(t, "anvli"), []string{"anvil"})
		h.change(t, p, func(p *content.Post) error {
			next := SearchPost(p.State().Author, content.Paid, "Tern", "hammer", "anvil").State()
			return p.Revise(p.State().Version, next.Text, next.Rendered, Now)
		})
		storetest.Equal(t, h.similar(t, "anvli"), []string{})
		storetest.Equal(t, h.similar(t, "hamer"), []string{"hammer"})
		looked := 0
		for last := ""; ; looked++ {
			h.do(t, func(ctx context.Context, s content.Stores) (err error) {
				last, err = s.Search.PruneWords(ctx, last, 1)
				return err
			})
			if last == "" {
				break
			}
		}
		storetest.Equal(t, looked, 3)
		storetest.Equal(t, h.similar(t, "hamer"), []string{"hammer"})
		h.do(t, func(ctx context.Context, s content.Stores) error {
			if _, err := s.Search.PruneWords(ctx, "", 100); err != nil {
				return err
			}
			last, err := s.Search.PruneWords(ctx, "hammer", 100)
			storetest.Equal(t, last, "tern")
			return err
		})
	},
	"what an older release wrote is not shown, and is entered anew": func(t *testing.T, h Harness) {
		if h.OlderSave == nil {
			t.Fatal("the harness saves nothing as an older release does")
		}
		draft := Draft(Somebody())
		p, q := SearchPost(Somebody(), content.Public, "Tern", "opal", "jade"), SearchPost(Somebody(), content.Public, "Gull", "opal", "")
		h.insert(t, draft, p, q)
		storetest.Equal(t, h.unindexed(t), []content.PostID{})
		h.OlderSave(t, p.State().ID, content.Paid, content.Published)
		h.OlderSave(t, q.State().ID, content.Public, content.Draft)
		h.finds(t, "opal", nil)
		h.finds(t, "jade", nil)
		shown := SearchPost(Somebody(), content.Public, "Auk", "opal", "that is matched less than the others, for its length")
		h.insert(t, shown)
		opal, err := content.ParseSearch("opal")
		if err != nil {
			t.Fatal(err)
		}
		page := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: opal, Limit: 1}))
		if len(page) != 1 || page[0].Title != "Auk" {
			t.Errorf("a page of one is %+v", page)
		}
		want := []content.PostID{p.State().ID, q.State().ID}
		slices.Sort(want)
		storetest.Equal(t, h.unindexed(t), want)
		storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.Unindexed(t.Context(), want[0], 10)), want[1:])
		storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.Unindexed(t.Context(), "", 1)), want[:1])
		h.do(t, func(ctx context.Context, s content.Stores) error {
			for _, id := range append(want, content.PostID(idgentest.New()), "no id") {
				if err := s.Search.Index(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.Equal(t, h.unindexed(t), []content.PostID{})
		h.finds(t, "tern", nil, "Tern")
		h.finds(t, "gull", searchReaders["paying"])
		all, indexed, err := h.Reads.SearchCounts(t.Context())
		if err != nil || all != 2 || indexed != 2 {
			t.Errorf("%d of %d are in the index, %v", indexed, all, err)
		}
	},
	"the index is compacted in steps": func(t *testing.T, h Harness) {
		author := Somebody()
		h.insert(t, SearchPost(author, content.Public, "Tern", "opal", ""), SearchPost(Somebody(), content.Paid, "Gull", "opal", "jade"))
		h.do(t, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Posts.DeleteByAuthor(ctx, author)
			return err
		})
		for range 100 {
			done := false
			h.do(t, func(ctx context.Context, s content.Stores) (err error) {
				done, err = s.Search.Compact(ctx)
				return err
			})
			if done {
				h.finds(t, "opal", searchReaders["paying"], "Gull")
				return
			}
		}
		t.Error("it is never done")
	},
	"many posts of one moment are all found": func(t *testing.T, h Harness) {
		author := Somebody()
		h.do(t, func(ctx context.Context, s content.Stores) error {
			for range 30 {
				if err := s.Posts.Insert(ctx, SearchPost(author, content.Public, "Tern", "opal", "")); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.Equal(t, len(h.found(t, "opal", nil)), 30)
	},
	"a post of the greatest length is found": func(t *testing.T, h Harness) {
		var long strings.Builder
		for i := 0; long.Len() < content.MaxBody-20; i++ {
			long.WriteString("w" + strconv.FormatInt(int64(i)*7919, 36) + " ")
		}
		h.insert(t, SearchPost(Somebody(), content.Paid, "Long", "opal", long.String()+" 黒猫"))
		h.finds(t, "opal", nil, "Long")
		h.finds(t, "w0", searchReaders["paying"], "Long")
	},
}

func (h Harness) unindexed(t *testing.T) []content.PostID {
	t.Helper()
	return append([]content.PostID{}, storetest.Must[[]content.PostID](t)(h.Reads.Unindexed(t.Context(), "", 10))...)
}

// hostileSearches are what people, and those who attack, type.
func hostileSearches() []string {
	signs := []string{`"`, "'", "-", "*", "(", ")", ":", "^", "{", "}", "\\", "AND", "OR", "NOT", "NEAR", "a", "ß", "猫", "\x00", "\xff", " ", "\u0301", "\u202e", "<->", "!", "&", "|", "%", "_", ";--", "rowid", "$1", "?1", "\U0001f525"}
	all := []string{strings.Repeat("x", 10_000), strings.Repeat("\"", 200), strings.Repeat("-", 200), strings.Repeat("猫", 200), strings.Repeat("x ", 100), strings.Repeat("ﷺ", 200)}
	seed := uint32(1)
	for range 400 {
		var text strings.Builder
		for range 1 + seed%9 {
			seed = seed*1664525 + 1013904223
			text.WriteString(signs[int(seed>>8)%len(signs)])
		}
		all = append(all, text.String())
	}
	return all
}
