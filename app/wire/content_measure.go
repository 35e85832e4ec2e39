package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
)

// postFigures counts the posts by status, those that are still to be rendered anew, and
// how far the index is by which they are found.
func postFigures(app *contentapp.App) *Figures {
	return &Figures{
		Gauges: []observe.Gauge{
			{Name: "posts", Help: "Posts, by status.", Labels: []string{"status"}},
			{Name: "posts_outdated", Help: "Posts that an older renderer rendered; a job renders them anew."},
			{Name: "media", Help: "Pictures of the library, by state.", Labels: []string{"state"}},
			{Name: "media_bytes", Help: "Bytes of the originals of the pictures of the library."},
			{Name: "posts_searchable", Help: "Published posts, by whether a search finds them.", Labels: []string{"state"}},
		},
		Count: func(ctx context.Context) ([]observe.Sample, error) {
			counts, err := app.PostCounts(ctx)
			var out []observe.Sample
			for _, status := range content.Statuses {
				out = append(out, observe.Sample{Labels: []string{string(status)}, Value: float64(counts[status])})
			}
			if err != nil {
				return out, err
			}
			outdated, err := app.OutdatedPosts(ctx)
			if err != nil {
				return out, err
			}
			pictures, bytes, err := app.MediaCounts(ctx)
			for _, state := range content.MediaStates {
				out = append(out, observe.Sample{Of: 2, Labels: []string{string(state)}, Value: float64(pictures[state])})
			}
			if err != nil {
				return out, err
			}
			published, indexed, err := app.SearchCounts(ctx)
			return append(out,
				observe.Sample{Of: 1, Value: float64(outdated)},
				observe.Sample{Of: 3, Value: float64(bytes)},
				observe.Sample{Of: 4, Labels: []string{"indexed"}, Value: float64(indexed)},
				observe.Sample{Of: 4, Labels: []string{"waiting"}, Value: float64(max(published-indexed, 0))},
			), err
		},
	}
}

// countPosts counts the posts that are published, and returns the count of those that are
// read.
func countPosts(p *Platform) (reads observe.Counter, err error) {
	published, err := p.Metrics.Counter("posts_published_total", "Posts that were published.")
	if err != nil {
		return reads, err
	}
	p.OnPublish(content.PostPublished{}, published.Of())
	return p.Metrics.Counter("post_reads_total", "Published posts that were read, also from the cache, as a page or by the API; teasers included.", "via")
}
