package contenthttp

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
)

// feedDocument is a feed before it is written in one of its formats. Addresses are absolute.
type feedDocument struct {
	id          string // an IRI that never changes
	title       string
	description string
	page        string // what it is a feed of
	self        string // where it is
	publisher   string // stands for an author whose name is not known
	items       []feedItem
}

type feedItem struct {
	id        string // urn:uuid: of the post, whatever its address becomes
	title     string // plain, as the excerpt is
	excerpt   string
	html      string
	page      string
	authors   []jsonAuthor
	tags      []string
	published time.Time
	updated   time.Time
	image     *CoverImage // nil: none
}

// updated is when the feed last changed.
func (f feedDocument) updated() time.Time {
	last := time.Unix(0, 0)
	for _, item := range f.items {
		if item.updated.After(last) {
			last = item.updated
		}
	}
	return last.UTC()
}

// feedFormat is one way to write a feed.
type feedFormat struct {
	file  string // the last part of its path
	media string
	label string // what it is called beside the others
	write func(feedDocument) ([]byte, error)
}

// feedFormats are all of them, Atom first.
var feedFormats = []feedFormat{
	{"feed.xml", "application/atom+xml", "Atom", writeAtom},
	{"rss.xml", "application/rss+xml", "RSS", writeRSS},
	{"feed.json", "application/feed+json", "JSON", writeJSONFeed},
}

// formatOf is the format of the feed at a path.
func formatOf(path string) feedFormat {
	for _, f := range feedFormats[1:] {
		if strings.HasSuffix(path, "/"+f.file) {
			return f
		}
	}
	return feedFormats[0]
}

// reply answers with a feed.
func (f feedFormat) reply(d feedDocument) (fiberhttp.Reply, error) {
	text, err := f.text(d)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes(f.media+"; charset=utf-8", text), nil
}

// text writes a feed. What XML cannot hold is left out in every format, so that all say the
// same.
func (f feedFormat) text(d feedDocument) ([]byte, error) {
	d.title, d.description, d.publisher = xmlText(d.title), xmlText(d.description), xmlText(d.publisher)
	for i := range d.items {
		item := &d.items[i]
		item.title, item.excerpt, item.html = xmlText(item.title), xmlText(item.excerpt), xmlText(item.html)
		for i, a := range item.authors {
			item.authors[i].Name = xmlText(a.Name)
		}
	}
	return f.write(d)
}

// xmlText is a text without the characters that XML cannot hold (XML 1.0, 2.2), which would
// else come out as signs of a fault.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
}

func document(v any) ([]byte, error) {
	text, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), text...), nil
}

// Atom (RFC 4287). An excerpt is plain: "a < b" in it is no tag.
type (
	atomFeed struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID       string      `xml:"id"`
		Title    string      `xml:"title"`
		Subtitle string      `xml:"subtitle,omitempty"`
		Updated  string      `xml:"updated"`
		Links    []atomLink  `xml:"link"`
		Author   atomPerson  `xml:"author"`
		Entries  []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomPerson struct {
		Name string `xml:"name"`
		URI  string `xml:"uri,omitempty"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	atomCategory struct {
		Term string `xml:"term,attr"`
	}
	atomEntry struct {
		ID         string         `xml:"id"`
		Title      string         `xml:"title"`
		Published  string         `xml:"published"`
		Updated    string         `xml:"updated"`
		Links      []atomLink     `xml:"link"`
		Authors    []atomPerson   `xml:"author"`
		Categories []atomCategory `xml:"category"`
		Summary    *atomText      `xml:"summary"`
		Content    atomText       `xml:"content"`
	}
)

func writeAtom(d feedDocument) ([]byte, error) {
	f := atomFeed{
		ID: d.id, Title: d.title, Subtitle: d.description, Updated: d.updated().Format(time.RFC3339), Author: atomPerson{Name: d.publisher},
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: d.self}, {Rel: "alternate", Type: "text/html", Href: d.page}},
	}
	for _, item := range d.items {
		e := atomEntry{
			ID: item.id, Title: item.title, Published: item.published.UTC().Format(time.RFC3339), Updated: item.updated.UTC().Format(time.RFC3339),
			Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: item.page}}, Content: atomText{"html", item.html},
		}
		if item.image != nil {
			e.Links = append(e.Links, atomLink{Rel: "enclosure", Type: item.image.Type, Href: item.image.URL})
		}
		for _, a := range item.authors {
			e.Authors = append(e.Authors, atomPerson{a.Name, a.URL})
		}
		for _, tag := range item.tags {
			e.Categories = append(e.Categories, atomCategory{tag})
		}
		if item.excerpt != "" {
			e.Summary = &atomText{"text", item.excerpt}
		}
		f.Entries = append(f.Entries, e)
	}
	return document(f)
}

// RSS 2.0, with what its namespaces add: where the feed is (Atom), whole texts (content),
// authors without an address (Dublin Core), and pictures (Media RSS: an enclosure would have
// to say how many bytes it has). A description is HTML there, so a plain excerpt
// is escaped as such; a title is plain text.
type (
	rssFeed struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Atom    string     `xml:"xmlns:atom,attr"`
		Content string     `xml:"xmlns:content,attr"`
		DC      string     `xml:"xmlns:dc,attr"`
		Media   string     `xml:"xmlns:media,attr"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Self        atomLink  `xml:"atom:link"`
		Built       string    `xml:"lastBuildDate"`
		Items       []rssItem `xml:"item"`
	}
	rssItem struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		GUID        rssGUID  `xml:"guid"`
		Published   string   `xml:"pubDate"`
		Updated     string   `xml:"atom:updated"`
		Creators    []string `xml:"dc:creator"`
		Categories  []string `xml:"category"`
		Description string   `xml:"description,omitempty"`
		Content     string   `xml:"content:encoded,omitempty"`
		Image       *rssImage
	}
	rssImage struct {
		XMLName     xml.Name `xml:"media:content"`
		URL         string   `xml:"url,attr"`
		Medium      string   `xml:"medium,attr"`
		Type        string   `xml:"type,attr"`
		Width       int      `xml:"width,attr"`
		Height      int      `xml:"height,attr"`
		Description string   `xml:"media:description,omitempty"`
	}
	rssGUID struct {
		Permalink bool   `xml:"isPermaLink,attr"`
		ID        string `xml:",chardata"`
	}
)

// rfc822 writes a moment as RSS has it: RFC 822 with the four digits of a year that RFC 2822
// gave it.
func rfc822(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

func writeRSS(d feedDocument) ([]byte, error) {
	f := rssFeed{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Content: "http://purl.org/rss/1.0/modules/content/", DC: "http://purl.org/dc/elements/1.1/", Media: "http://search.yahoo.com/mrss/",
		Channel: rssChannel{
			Title: d.title, Link: d.page, Description: html.EscapeString(d.description), Built: rfc822(d.updated()),
			Self: atomLink{Rel: "self", Type: "application/rss+xml", Href: d.self},
		},
	}
	for _, item := range d.items {
		entry := rssItem{
			Title: item.title, Link: item.page, GUID: rssGUID{ID: item.id}, Published: rfc822(item.published), Updated: item.updated.UTC().Format(time.RFC3339),
			Categories: item.tags, Description: html.EscapeString(item.excerpt), Content: item.html,
		}
		for _, a := range item.authors {
			entry.Creators = append(entry.Creators, a.Name)
		}
		if i := item.image; i != nil {
			entry.Image = &rssImage{URL: i.URL, Medium: "image", Type: i.Type, Width: i.Width, Height: i.Height, Description: xmlText(i.Alt)}
		}
		f.Channel.Items = append(f.Channel.Items, entry)
	}
	return document(f)
}

// JSON Feed 1.1.
type (
	jsonFeed struct {
		Version     string       `json:"version"`
		Title       string       `json:"title"`
		Description string       `json:"description,omitempty"`
		HomePageURL string       `json:"home_page_url"`
		FeedURL     string       `json:"feed_url"`
		Authors     []jsonAuthor `json:"authors"`
		Items       []jsonItem   `json:"items"`
	}
	jsonAuthor struct {
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
	jsonItem struct {
		ID        string       `json:"id"`
		URL       string       `json:"url"`
		Title     string       `json:"title"`
		HTML      string       `json:"content_html"`
		Summary   string       `json:"summary,omitempty"`
		Published string       `json:"date_published"`
		Modified  string       `json:"date_modified"`
		Authors   []jsonAuthor `json:"authors,omitempty"`
		Tags      []string     `json:"tags,omitempty"`
		Image     string       `json:"image,omitempty"`
	}
)

func writeJSONFeed(d feedDocument) ([]byte, error) {
	f := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: d.title, Description: d.description, HomePageURL: d.page, FeedURL: d.self,
		Authors: []jsonAuthor{{Name: d.publisher}}, Items: []jsonItem{},
	}
	for _, item := range d.items {
		v := jsonItem{
			ID: item.id, URL: item.page, Title: item.title, HTML: item.html, Summary: item.excerpt, Tags: item.tags,
			Published: item.published.UTC().Format(time.RFC3339), Modified: item.updated.UTC().Format(time.RFC3339), Authors: item.authors,
		}
		if item.image != nil {
			v.Image = item.image.URL
		}
		f.Items = append(f.Items, v)
	}
	return json.MarshalIndent(f, "", "  ")
}
