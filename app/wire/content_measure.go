package wire

import (
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/content"
)

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
