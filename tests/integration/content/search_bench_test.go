package content_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contenttest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// manyWords is a text of words that are as rare as those of a language (Zipf's law).
func manyWords(words *rand.Zipf, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString("w" + strconv.FormatUint(words.Uint64(), 36) + "ord ")
	}
	return b.String()
}

// BenchmarkSearch looks for words in as many posts as NEOFORGE_BENCH_POSTS says, of which a
// third is paid, for a reader who pays.
func BenchmarkSearch(b *testing.B) {
	many, err := strconv.Atoi(os.Getenv("NEOFORGE_BENCH_POSTS"))
	if err != nil {
		many = 2000
	}
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			var db *entstore.DB
			if name == "postgres" {
				db = entstoretest.MustOpen(b, harness.Database(b, program.MigrateUp))
			} else {
				db = entstoretest.MustOpen(b, "sqlite://"+filepath.Join(b.TempDir(), "bench.db"))
				if err := entstoretest.Migrations.Up(b.Context(), db); err != nil {
					b.Fatal(err)
				}
			}
			store, err := contentstore.New(db, entstoretest.MustOutbox(b, db))
			if err != nil {
				b.Fatal(err)
			}
			words := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.07, 2, 200_000)
			author := contenttest.Somebody()
			began := time.Now()
			var last *content.Post
			for first := 0; first < many; first += 500 {
				err := store.Do(b.Context(), func(ctx context.Context, s content.Stores) error {
					for i := first; i < min(first+500, many); i++ {
						last = contenttest.SearchPost(author, []content.Visibility{content.Public, content.Public, content.Paid}[i%3], manyWords(words, 6), manyWords(words, 40), manyWords(words, 260))
						if err := s.Posts.Insert(ctx, last); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("%d posts in %s", many, time.Since(began).Round(time.Second))
			if db.Dialect() == entstore.Postgres {
				if _, err := db.SQL().ExecContext(b.Context(), "VACUUM ANALYZE content_posts, content_search_posts"); err != nil {
					b.Fatal(err)
				}
			}
			for what, text := range map[string]string{
				"rare": "w2s5ford x", "middling": "w1jord x", "commonest": "w0ord x", "two common": "w0ord w1ord x", "prefix": "w2s", "phrase": `"w0ord w1ord" x`,
			} {
				q, err := content.ParseSearch(strings.TrimSuffix(text, " x"))
				if err != nil {
					b.Fatal(err)
				}
				if strings.HasSuffix(text, " x") { // a whole word
					for i := range q.Terms {
						q.Terms[i].Prefix = false
					}
				}
				for reader, whole := range map[string][]content.Visibility{"visitor": nil, "paying": {content.Members, content.Paid}} {
					b.Run(fmt.Sprintf("%s %s", what, reader), func(b *testing.B) {
						for b.Loop() {
							if _, err := store.Search(b.Context(), content.Search{Query: q, Whole: whole, Limit: 21}); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			}
			b.Run("mistyped word", func(b *testing.B) {
				for b.Loop() {
					if _, err := store.SimilarWords(b.Context(), "w2s5fodr", 1); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("published again", func(b *testing.B) {
				for b.Loop() {
					again := content.RestorePost(last.State())
					if err := again.Revise(again.State().Version, again.State().Text, again.State().Rendered, contenttest.Now); err != nil {
						b.Fatal(err)
					}
					if err := store.Do(b.Context(), func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, again, author) }); err != nil {
						b.Fatal(err)
					}
					last = again
				}
			})
		})
	}
}
