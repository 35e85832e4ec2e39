package main

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
)

// writer makes posts of plausible length and variety, the same ones each time.
type writer struct {
	author uuid.UUID
	random *rand.Rand
	words  []string
	begin  time.Time
}

// postColumns are those of content_posts in the order of post.
const postColumns = "id author_id slug title visibility status published_at created_at updated_at version reading_minutes tags excerpt teaser body markdown rendered_version renderer_version"

// newest is a version of the renderer that none is behind: the program does not begin to
// render the posts anew while it is measured.
const newest = 1 << 20

func newWriter() *writer {
	w := &writer{random: rand.New(rand.NewPCG(3, 4)), begin: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.author = w.id(w.begin)
	const letters = "aaabcdeeeefghiiijklmnnooopqrrsssttttuuvwxyz"
	for range 4000 {
		word := make([]byte, 2+w.random.IntN(9))
		for i := range word {
			word[i] = letters[w.random.IntN(len(letters))]
		}
		w.words = append(w.words, string(word))
	}
	return w
}

// id is a UUIDv7 (RFC 9562) of a moment, as the program makes them.
func (w *writer) id(at time.Time) uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(w.random.Uint32())
	}
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8] = 0x70|id[6]&0x0f, 0x80|id[8]&0x3f
	return id
}

func (w *writer) sentence(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.words[w.random.IntN(len(w.words))])
	}
	return b.String() + "."
}

// post returns the row of the n-th post: public, about 2 KB as JSON.
func (w *writer) post(n int) ([]any, error) {
	at := w.begin.Add(time.Duration(n) * time.Minute)
	var html, markdown []string
	for range 4 {
		p := w.sentence(22 + w.random.IntN(10))
		html, markdown = append(html, "<p>"+p+"</p>"), append(markdown, p)
	}
	body := strings.Join(html, "\n") + "\n"
	return []any{
		w.id(at), w.author, string(appendSlug(nil, n)), w.sentence(6), "public", "published", at, at, at, 1, 1,
		[]string{w.words[n%20], w.words[20+n%20]}, w.sentence(14), body, body, strings.Join(markdown, "\n\n"), 1, newest,
	}, nil
}
