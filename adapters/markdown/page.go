package markdown

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/neoforge-dev/neoforge/modules/content"
)

const (
	// maxOpen is how many elements of an author may be open in each other.
	maxOpen = 64
	// maxWarnings is how many things that were taken away are told to an author.
	maxWarnings = 20
)

// opened is an element that has begun. One that is silent has no tag on the page: it ended
// early, or its tags were left out.
type opened struct {
	name    string
	author  bool   // the author wrote it, not the renderer
	written string // what the author called it
	ended   bool   // the author ended it
	silent  bool
	drops   bool   // nothing in it is shown
	after   string // follows its end
}

// page makes the page out of what the renderer and the author wrote. The renderer's tags
// come in pairs. The author's may do anything: each is kept, left out, or closed where the
// element of the renderer around it ends, so that they never end one of those, nor the page
// around the text. No element stands where a browser would move it to another place.
type page struct {
	out      bytes.Buffer
	open     []opened
	authors  int // elements of the author that are open
	dropping int // of those, the ones that show nothing
	warnings []content.Warning
}

// closed writes the page that rendered HTML with marked tags stands for.
func (p *page) closed(rendered []byte) {
	z := html.NewTokenizer(bytes.NewReader(rendered))
	for {
		kind := z.Next()
		if kind == html.ErrorToken { // io.EOF: there is no other of a buffer
			break
		}
		raw := z.Raw()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			// The tokenizer reuses the bytes.
			raw = bytes.Clone(raw)
			p.begins(z.Token(), raw)
		case html.EndTagToken:
			p.ends(z.Token().Data)
		default:
			p.write(raw)
		}
	}
	p.pop(0)
}

func (p *page) write(raw []byte) {
	if p.dropping == 0 {
		p.out.Write(raw)
	}
}

func (p *page) warn(code content.WarningCode, tag, attribute string) {
	w := content.Warning{Code: code, Tag: tag, Attribute: attribute}
	if len(p.warnings) < maxWarnings && !slices.Contains(p.warnings, w) {
		p.warnings = append(p.warnings, w)
	}
}

func (p *page) begins(t html.Token, raw []byte) {
	switch t.Data {
	case openMark:
		p.authorBegins(t.Attr[0].Val, t.Attr[1:])
		return
	case closeMark:
		p.authorEnds(t.Attr[0].Val)
		return
	case commentMark:
		p.warn(content.CommentUnclosed, "", "")
		return
	case addressMark:
		p.warn(content.AddressRemoved, t.Attr[0].Val, t.Attr[1].Val)
		return
	}
	e := elements[t.Data]
	if e.block {
		p.endPhrases(true)
		p.endParagraph()
		p.endTable()
	}
	silent := p.dropping > 0 || t.Data == "a" && p.within("a")
	if !silent {
		p.out.Write(raw)
	}
	if !e.void && t.Data != "input" {
		p.open = append(p.open, opened{name: t.Data, silent: silent})
	}
}

func (p *page) ends(name string) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if !p.open[i].author && p.open[i].name == name {
			p.pop(i)
			return
		}
	}
}

// pop ends all that is open from i on.
func (p *page) pop(i int) {
	for n := len(p.open) - 1; n >= i; n-- {
		o := p.open[n]
		p.silence(n)
		p.open = p.open[:n]
		if !o.author {
			continue
		}
		p.authors--
		if o.drops {
			p.dropping--
		} else if !o.ended && !elements[o.name].endOmitted {
			p.warn(content.TagUnclosed, o.written, "")
		}
	}
}

// silence ends one element on the page, which stays open until its own end.
func (p *page) silence(i int) {
	if o := &p.open[i]; !o.silent {
		p.out.WriteString("</" + o.name + ">" + o.after)
		o.silent = true
	}
}

// silenceFrom ends all that is open from i on, innermost first.
func (p *page) silenceFrom(i int) {
	for n := len(p.open) - 1; n >= i; n-- {
		p.silence(n)
	}
}

// endPhrases ends what the author began within a line and did not end before a block:
// links too when the block is one of the renderer.
func (p *page) endPhrases(links bool) {
	i := len(p.open)
	for i > 0 && p.open[i-1].author && !elements[p.open[i-1].name].block {
		i--
	}
	for i < len(p.open) && !links && p.open[i].name == "a" {
		i++
	}
	p.pop(i)
}

// endParagraph ends a paragraph before a block, as browsers do.
func (p *page) endParagraph() {
	for i := len(p.open) - 1; i >= 0; i-- {
		o := p.open[i]
		if o.name == "p" {
			if !o.silent {
				p.silenceFrom(i)
			}
			return
		}
		if elements[o.name].block {
			return
		}
	}
}

// endTable ends a table of the author's in which a block of the renderer would stand
// outside of a cell: a browser would move it in front of the table.
func (p *page) endTable() {
	for n := len(p.open); n > 0 && p.open[n-1].author && slices.Contains(tableParts, p.open[n-1].name); n = len(p.open) {
		p.pop(n - 1)
	}
}

func (p *page) within(name string) bool {
	return slices.ContainsFunc(p.open, func(o opened) bool { return o.name == name && !o.silent })
}

func (p *page) authorBegins(name string, attributes []html.Attribute) {
	e, written := elements[name], name
	if p.dropping > 0 && e.treatment != discarded {
		return
	}
	switch e.treatment {
	case discarded:
		p.warn(content.ContentRemoved, name, "")
		if !e.void && p.authors < maxOpen {
			p.push(opened{name: name, written: name, silent: true, drops: true})
			p.dropping++
		}
		return
	case unknown, unwrapped:
		p.warn(content.TagRemoved, name, "")
		return
	case boxed:
		if name == "center" {
			attributes = append(attributes, html.Attribute{Key: "align", Val: "center"})
		}
		name, e = "div", elements["div"]
	case kept:
	}
	if p.authors >= maxOpen {
		p.warn(content.TagRemoved, name, "")
		return
	}
	if !p.mayStand(name, e) {
		p.warn(content.TagMisplaced, name, "")
		return
	}
	if e.block {
		if len(e.parents) == 0 {
			p.endPhrases(false)
		}
		p.endParagraph()
	}
	before, tag, after := "", p.tag(name, e, attributes), ""
	if tag == "" {
		return
	}
	switch name {
	case "table": // as those that Markdown makes
		before, after = `<div class="scroll" tabindex="0" role="group" aria-label="Table">`, "</div>"
	case "pre":
		tag = `<pre class="chroma" tabindex="0" role="group" aria-label="Code">`
	}
	p.out.WriteString(before + tag)
	if !e.void {
		p.push(opened{name: name, written: written, after: after})
	}
}

func (p *page) push(o opened) {
	o.author = true
	p.open = append(p.open, o)
	p.authors++
}

var (
	headings   = []string{"h1", "h2", "h3", "h4", "h5", "h6"}
	tableParts = []string{"table", "thead", "tbody", "tfoot", "tr"}
)

// mayStand reports whether an element may begin here, and ends those whose ends the author
// left out.
func (p *page) mayStand(name string, e element) bool {
	if len(e.parents) > 0 {
		for i := len(p.open) - 1; i >= 0; i-- {
			o := p.open[i]
			if slices.Contains(e.parents, o.name) {
				if o.author {
					p.pop(i + 1)
				}
				return o.author
			}
			if inner := elements[o.name]; !o.author || inner.block && !inner.endOmitted {
				return false
			}
		}
		return false
	}
	if name == "a" {
		return !p.within("a")
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		switch o := p.open[i]; {
		case slices.Contains(headings, o.name):
			return !slices.Contains(headings, name)
		case slices.Contains(tableParts, o.name):
			return false // a browser moves it in front of the table
		case elements[o.name].block:
			return true
		}
	}
	return true
}

// tag is the tag of an element with those of its attributes that may stay; empty for one
// that is nothing without what it lost.
func (p *page) tag(name string, e element, attributes []html.Attribute) string {
	var b strings.Builder
	b.WriteString("<" + name)
	used, away := map[string]bool{}, false
	for _, a := range attributes {
		if used[a.Key] {
			continue
		}
		allowed := e.attributes[a.Key]
		if allowed == nil {
			allowed = everywhere[a.Key]
		}
		switch {
		case allowed == nil, !allowed.MatchString(a.Val):
			p.warn(content.AttributeRemoved, name, a.Key)
			continue
		case a.Key == "href", a.Key == "src", a.Key == "cite":
			if !isAddress(a.Val) {
				p.warn(content.AddressRemoved, name, a.Val)
				continue
			}
			away = away || a.Key == "href" && leadsAway(a.Val)
		}
		used[a.Key] = true
		b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	switch {
	case name == "a" && !used["href"], name == "img" && !used["src"]:
		return ""
	case away:
		b.WriteString(` rel="nofollow noopener"`)
	case name == "img":
		b.WriteString(lazily + ` decoding="async"`)
	}
	return b.String() + ">"
}

func (p *page) authorEnds(name string) {
	e := elements[name]
	if e.treatment == boxed {
		name = "div"
	}
	for i := len(p.open) - 1; i >= 0 && p.open[i].author; i-- {
		if p.open[i].name == name {
			p.open[i].ended = true
			p.pop(i)
			return
		}
	}
}

// isAddress reports whether an address leads somewhere by one of the schemes that are
// allowed.
func isAddress(address string) bool {
	u, err := url.Parse(withoutControls(address))
	if err != nil {
		return false
	}
	return u.Scheme == "" || slices.Contains(schemes, strings.ToLower(u.Scheme))
}

// withoutControls is an address without the control characters and spaces that browsers pass
// over in it.
func withoutControls(address string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, address)
}

var schemes = []string{"http", "https", "mailto", "tel"}
