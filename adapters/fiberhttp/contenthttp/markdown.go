package contenthttp

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
)

// Posts as Markdown. No slug has a dot in it, so no post is at an address that ends in ".md".
const (
	markdownExtension = ".md"
	markdownType      = "text/markdown"
)

// slugOf is the slug that a path of a post asks for, in whichever form.
func slugOf(r *fiberhttp.Request) string {
	return strings.TrimSuffix(r.Param("slug"), markdownExtension)
}

// markdown answers a post as Markdown, made of what its page shows and not of its source: the
// same readers get the same words, and what an author hides in a comment stays hidden.
func (h *routes) markdown(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	reading, err := h.read(ctx, r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	p := reading.Article.Post
	path := p.Path() + markdownExtension
	if p.Text.Slug != slugOf(r) || p.Kind != kindAsked(r) {
		return fiberhttp.Redirect(path).Status(http.StatusMovedPermanently), nil
	}
	page := h.server.BaseURL() + p.Path()
	text, err := h.frontMatter(reading, page)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	shown := p.Rendered.Body
	if reading.Gate != content.Open {
		shown = p.Rendered.Teaser
	}
	body, err := h.Markdown(absoluteLinks(shown, page))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	text += "\n" + body
	switch reading.Gate {
	case content.NeedSignIn:
		text += "\n\n*The rest is for members: [sign in to read on](" + page + ").*"
	case content.NeedPlan:
		text += "\n\n*The rest is for subscribers: [see how to read on](" + page + ").*"
	}
	reply := fiberhttp.Bytes(markdownType+"; charset=utf-8", []byte(strings.TrimSpace(text)+"\n"))
	if !strings.HasSuffix(r.Path, markdownExtension) {
		reply = reply.Header("Content-Location", path)
	}
	if reading.Article.Details.NoIndex {
		reply = reply.Header("X-Robots-Tag", "noindex")
	}
	return reply, nil
}

// frontMatter says of a post what its page says above the text, as YAML: of which JSON's
// strings and lists are a part.
func (h *routes) frontMatter(reading contentapp.Reading, page string) (string, error) {
	p := reading.Article.Post
	image, alt := "", ""
	if c := h.coverImage(reading.Article.Cover); c != nil {
		image, alt = c.URL, c.Alt
	}
	author, date, tags := reading.Article.Author.Name, p.PublishedAt.UTC().Format(time.RFC3339), any(notNil(p.Text.Tags))
	if p.Kind == content.KindPage {
		author, date, tags = "", "", ""
	}
	var out strings.Builder
	out.WriteString("---\n")
	for _, field := range []struct {
		name  string
		value any
	}{
		{"title", p.Text.Title}, {"author", author}, {"authors", coAuthored(reading.Article)}, {"date", date},
		{"updated", p.UpdatedAt.UTC().Format(time.RFC3339)}, {"tags", tags}, {"excerpt", p.Text.Excerpt}, {"canonical", cmp.Or(reading.Article.Details.Canonical, page)},
		{"visibility", string(p.Text.Visibility)}, {"complete", reading.Gate == content.Open},
		{"image", image}, {"image_alt", alt},
	} {
		if field.value == "" {
			continue
		}
		value, err := json.Marshal(field.value)
		if err != nil {
			return "", err
		}
		out.WriteString(field.name + ": " + string(value) + "\n")
	}
	out.WriteString("---\n")
	return out.String(), nil
}

// coAuthored lists the names of several authors; it is empty for one.
func coAuthored(a content.Article) any {
	if len(a.CoAuthors) == 0 || a.Post.Kind == content.KindPage {
		return ""
	}
	var names []string
	for _, author := range a.Authors() {
		names = append(names, author.Name)
	}
	return names
}

// llms tells programs that read for people what there is, in the form of llmstxt.org: what is
// not for everybody by its excerpt alone, and at an address that answers its beginning. What
// search engines are asked to leave out is left out here, too.
func (h *routes) llms(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
	newest, err := h.Content.Feed(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	pages, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Kind: content.KindPage, Limit: contentapp.MaxPage})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	base, site := h.server.BaseURL(), plainMarkdown(h.server.SiteName())
	var out strings.Builder
	out.WriteString("# " + site + "\n\n> Writing about building software, by the people of " + site + ".\n\n" +
		"A post or a page is Markdown at its address with .md, or when text/markdown is asked for.\n")
	llmsSection(&out, "Pages", base, pages.Items)
	llmsSection(&out, "Newest posts", base, newest)
	out.WriteString("\n## Optional\n\n")
	for _, l := range []struct{ label, path string }{{"All posts", "/posts"}, {"Archive", "/archive"}, {"Feed", "/feed.xml"}, {"Map of the site", "/sitemap.xml"}} {
		out.WriteString("- [" + l.label + "](" + base + l.path + ")\n")
	}
	for _, path := range h.server.SitemapPaths() {
		out.WriteString("- [" + plainMarkdown(path) + "](" + base + path + ")\n")
	}
	return fiberhttp.Bytes("text/plain; charset=utf-8", []byte(out.String())), nil
}

// llmsSection names posts under a heading, where there are any to be named.
func llmsSection(out *strings.Builder, heading, base string, posts []content.Summary) {
	posts = slices.DeleteFunc(slices.Clone(posts), func(p content.Summary) bool { return p.NoIndex })
	if len(posts) > 0 {
		out.WriteString("\n## " + heading + "\n\n")
	}
	for _, p := range posts {
		out.WriteString("- [" + plainMarkdown(p.Title) + "](" + base + p.Path() + markdownExtension + ")")
		note := plainMarkdown(p.Opening())
		switch p.Visibility {
		case content.Members:
			note += " (The rest is for members.)"
		case content.Paid:
			note += " (The rest is for subscribers.)"
		}
		if note = strings.TrimSpace(note); note != "" {
			out.WriteString(": " + note)
		}
		out.WriteString("\n")
	}
}

var markdownSigns = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "&", `\&`, "#", `\#`)

// plainMarkdown is a text that stands for itself within a line of Markdown.
func plainMarkdown(s string) string {
	return markdownSigns.Replace(strings.Join(strings.Fields(s), " "))
}
