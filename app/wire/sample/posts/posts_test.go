package posts

import (
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/app/wire/sample/people"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// hidden is what an unentitled reader must never see.
const hidden = "only-for-subscribers"

func mustPosts(t *testing.T) []Post {
	t.Helper()
	posts, err := Posts()
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func TestPosts_AreWholeAndOfEveryVisibility(t *testing.T) {
	t.Parallel()
	posts := mustPosts(t)
	if len(posts) < 12 {
		t.Errorf("%d posts", len(posts))
	}
	authors := map[string]bool{}
	for _, p := range people.People() {
		authors[p.Handle] = true
	}
	seen := map[content.Visibility]int{}
	now := time.Date(2026, 3, 1, 0, 0, 1, 0, time.UTC)
	last := time.Time{}
	for _, p := range posts {
		seen[p.Visibility]++
		text := content.Text{
			Slug: p.Slug, Title: p.Title, Excerpt: p.Excerpt, Markdown: p.Markdown, Tags: p.Tags, Visibility: p.Visibility,
		}
		if _, err := text.Clean(); err != nil {
			t.Errorf("%s: %v", p.Slug, err)
		}
		if !authors[p.Author] || p.Excerpt == "" || len(p.Tags) == 0 {
			t.Errorf("%s lacks an author, an excerpt or tags", p.Slug)
		}
		if words := len(strings.Fields(p.Markdown)); words < 300 || words > 700 {
			t.Errorf("%s has %d words", p.Slug, words)
		}
		at := p.PublishedAt(now)
		if !at.After(last) || !at.Before(now) {
			t.Errorf("%s is dated %s", p.Slug, at)
		}
		last = at
	}
	if seen[content.Public] == 0 || seen[content.Members] == 0 || seen[content.Paid] == 0 {
		t.Errorf("visibilities: %v", seen)
	}
}

func TestPosts_KeepTheHiddenWordsBehindTheGateOfOne(t *testing.T) {
	t.Parallel()
	for _, p := range mustPosts(t) {
		before, behind, _ := strings.Cut(p.Markdown, content.MoreMark)
		if strings.Contains(p.Title+p.Excerpt+before+strings.Join(p.Tags, " "), hidden) {
			t.Errorf("%s shows the words to everybody", p.Slug)
		}
		if want := p.Slug == "inside-the-forge"; strings.Contains(behind, hidden) != want {
			t.Errorf("%s has the words behind its gate: %v, want %v", p.Slug, !want, want)
		}
		if p.Slug == "inside-the-forge" && p.Visibility != content.Paid || p.Slug == "welcome" && p.Visibility != content.Public {
			t.Errorf("%s is %s", p.Slug, p.Visibility)
		}
	}
}

func TestPosts_RefuseAFileThatIsNone(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"", "text", "---\ntitle: x\n", "---\ntitle\n---\nx", "---\ndays: many\n---\nx", "---\nat: noon\ndays: 1\n---\nx",
		"---\ncolour: red\n---\nx", "---\ntitle: x\n---\nx",
	} {
		if _, err := parsePost([]byte(file)); err == nil {
			t.Errorf("%q was read", file)
		}
	}
}
