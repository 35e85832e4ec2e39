package wire

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
)

// postFigures counts the posts by status, and those that are still to be rendered anew.
func postFigures(app *contentapp.App) *Figures {
	return &Figures{
		Gauges: []observe.Gauge{
			{Name: "posts", Help: "Posts, by status.", Labels: []string{"status"}},
			{Name: "posts_outdated", Help: "Posts that an older renderer rendered; a job renders them anew."},
		},
		Count: func(ctx context.Context) ([]observe.Sample, error) {
			counts, err := app.PostCounts(ctx)
			var out []observe.Sample
			for _, status := range content.Statuses {
				out = append(out, observe.Sample{Labels: []string{string(status)}, Value: float64(counts[status])})
			}
			outdated, failed := app.OutdatedPosts(ctx)
			return append(out, observe.Sample{Of: 1, Value: float64(outdated)}), errors.Join(err, failed)
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
