package markdown

import (
	"bufio"
	"bytes"
)

// Sanitized is HTML that an author wrote, as a page has it.
func (r *Renderer) Sanitized(written string) string {
	var marked bytes.Buffer
	w := bufio.NewWriter(&marked)
	writeAuthors(w, written)
	if err := w.Flush(); err != nil {
		panic(err) // a buffer takes everything
	}
	var p page
	p.closed(marked.Bytes())
	return r.policy.SanitizeReader(&p.out).String()
}
