package content_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// TestEvents_KeepTheirForm holds what is written and what is read to the same JSON.
// A published version never changes: a difference here means a new version.
func TestEvents_KeepTheirForm(t *testing.T) {
	t.Parallel()
	const post, author = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21", "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c01"
	holdTo(t, content.PostPublished{
		PostID: post, Slug: "inside-the-forge", Title: "Inside the forge", Author: author,
		Visibility: content.Paid, Tags: []string{"architecture", "meta"},
	})
	holdTo(t, content.PostChanged{
		PostID: post, Slug: "inside-the-forge", PreviousSlug: "in-the-forge",
		Tags: []string{"architecture", "meta"}, Published: true,
	})
	holdTo(t, content.AuthorRenamed{UserID: author})
}

func holdTo[T events.Payload](t *testing.T, p T) {
	t.Helper()
	t.Run(p.EventName(), func(t *testing.T) {
		t.Parallel()
		file := strings.TrimPrefix(p.EventName(), "content.") + ".golden.json"
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

// TestStaleBySave_ReachesThePagesThatNameThePost and no others: what a save leaves as other
// pages show it makes only its own page and the lists stale.
func TestStaleBySave_ReachesThePagesThatNameThePost(t *testing.T) {
	t.Parallel()
	before := content.PostState{Author: "ben", Kind: content.KindPost, Status: content.Published, Text: content.Text{Slug: "a", Title: "A", Tags: []string{"go", "db"}, Visibility: content.Public}}
	own := []string{content.TagPosts, content.TagPost("a")}
	tagged := append(slices.Clone(own), content.TagTagged("go"), content.TagTagged("db"))
	for name, row := range map[string]struct {
		change func(*content.PostState)
		want   []string
	}{
		"its text":       {func(p *content.PostState) { p.Text.Markdown, p.Rendered.Body, p.Version = "New.", "<p>New.</p>", 2 }, own},
		"its title":      {func(p *content.PostState) { p.Text.Title = "B" }, tagged},
		"its excerpt":    {func(p *content.PostState) { p.Text.Excerpt = "Short" }, tagged},
		"its length":     {func(p *content.PostState) { p.Rendered.ReadingMinutes = 9 }, tagged},
		"its visibility": {func(p *content.PostState) { p.Text.Visibility = content.Paid }, tagged},
		"its status":     {func(p *content.PostState) { p.Status = content.Draft }, tagged},
		"its authors":    {func(p *content.PostState) { p.CoAuthors = append(p.CoAuthors, "cleo") }, tagged},
		"its kind":       {func(p *content.PostState) { p.Kind = content.KindPage }, tagged},
		"its day":        {func(p *content.PostState) { p.PublishedAt = p.PublishedAt.AddDate(2026, 0, 0) }, tagged},
		"its tags":       {func(p *content.PostState) { p.Text.Tags = []string{"db", "sql"} }, append(slices.Clone(tagged), content.TagTagged("sql"))},
		"its address":    {func(p *content.PostState) { p.Text.Slug = "b" }, append(slices.Clone(tagged), content.TagPost("b"))},
	} {
		after := before
		row.change(&after)
		if have := content.StaleBySave(before, after); !slices.Equal(have, row.want) {
			t.Errorf("%s: %q, want %q", name, have, row.want)
		}
	}
}
