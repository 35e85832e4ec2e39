package contentpages

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (v HomeView) heading() string {
	if v.Heading != "" {
		return v.Heading
	}
	return "Writing about software that is made to last."
}

func (v HomeView) intro() string {
	if v.Intro != "" {
		return v.Intro
	}
	return "Long reads and short notes from a workshop: how things are built, what broke, and what we learned from mending it."
}

func (v PostsView) heading() string {
	if v.Heading != "" {
		return v.Heading
	}
	return "Posts"
}

func readingTime(minutes int) string { return strconv.Itoa(minutes) + " min read" }

// bare reports that nothing is said under the title: of a page for everybody, to a reader.
func (v PostView) bare() bool {
	return v.Post.IsPage && v.EditURL == "" && (v.Post.Access == "" || v.Post.Access == Public)
}

func (v PostView) changedLater() bool {
	if v.UpdatedAt.IsZero() || v.Post.PublishedAt.IsZero() {
		return false
	}
	y, m, d := v.UpdatedAt.UTC().Date()
	py, pm, pd := v.Post.PublishedAt.UTC().Date()
	return v.UpdatedAt.After(v.Post.PublishedAt) && (y != py || m != pm || d != pd)
}

// language marks what the author wrote, which runs from the side that its script does; the words
// around it are the page's.
func (v PostView) language() templ.Attributes {
	marks := templ.Attributes{"dir": "auto"}
	if v.Language != "" {
		marks["lang"] = v.Language
	}
	return marks
}

// A text of fewer headings is seen through without a list of them; one of very many has its
// first ones there.
const (
	minContents = 3
	maxContents = 60
)

// outline is what the list of contents of a post has: of what its reader sees alone. It is
// empty for a short one.
func (v PostView) outline() []layout.Heading {
	body := v.BodyHTML
	if v.Gate != nil {
		body = v.TeaserHTML
	}
	outline := layout.Outline(body)
	if len(outline) < minContents {
		return nil
	}
	return outline[:min(len(outline), maxContents)]
}

// shareByMail opens a letter; "mailto:" needs %20 where a query would have "+".
func shareByMail(title, address string) templ.SafeURL {
	return templ.SafeURL("mailto:?subject=" + url.PathEscape(title) + "&body=" + url.QueryEscape(address))
}

// opens says what a subscription does.
func (g Gate) opens() string {
	if g.IsPage {
		return " opens this page and every post."
	}
	return " opens this post and every other one."
}

func (g Gate) signInURL() string {
	if g.SignInURL == "" {
		return "/login"
	}
	return g.SignInURL
}

func (g Gate) pricingURL() string {
	if g.PricingURL == "" {
		return "/pricing"
	}
	return g.PricingURL
}

func (v StudioView) newURL() string {
	if v.NewURL == "" {
		return "/studio/new"
	}
	return v.NewURL
}

func (p StudioPost) title() string {
	if p.Title == "" {
		return "Untitled"
	}
	return p.Title
}

func (v StudioEditView) name() string {
	if v.PostID == "" {
		return "New"
	}
	return "Edit"
}

// what it is that is written.
func (v StudioEditView) what() string { return kindWord(v.IsPage) }

// choosesPage reports which of both is chosen in the form.
func (v StudioEditView) choosesPage() bool {
	if v.Form.Kind == "" {
		return v.IsPage
	}
	return v.Form.Kind == "page"
}

func kindWord(page bool) string {
	if page {
		return "page"
	}
	return "post"
}

func (v StudioEditView) version() string { return versionOf(v.Version) }

func (r Revision) name() string {
	if r.Current {
		return "Revision " + strconv.Itoa(r.Number) + ", the last one"
	}
	return "Revision " + strconv.Itoa(r.Number)
}

func (r Revision) by() string {
	if r.Editor == "" {
		return "by somebody who has left"
	}
	return "by " + r.Editor
}

func (v RevisionView) name() string  { return "Revision " + strconv.Itoa(v.Number) }
func (v RevisionView) lower() string { return "revision " + strconv.Itoa(v.Number) }

// with is what the save is compared with.
func (v RevisionView) with() int {
	if v.Number == v.Earlier {
		return v.Later
	}
	return v.Earlier
}

func (v RevisionView) compared() string {
	later := "the text as it is now"
	if v.Later != 0 {
		later = "revision " + strconv.Itoa(v.Later)
	}
	return "What became of revision " + strconv.Itoa(v.Earlier) + " in " + later + ": what is struck out is gone, what is underlined is new."
}

func (v RevisionView) restoring() string {
	switch {
	case v.HasCopy:
		return "It takes the place of the changes that readers do not see yet: those are gone. Readers keep the published text until you publish it."
	case v.Published:
		return "Readers keep the published text until you publish it."
	}
	return "It becomes the draft's text, as a save of its own."
}

func (b ComparedBlock) leftOut() string {
	if b.LeftOut == 1 {
		return "… one paragraph that is the same …"
	}
	return "… " + strconv.Itoa(b.LeftOut) + " paragraphs that are the same …"
}

// changes is what stands where a published post has, or gets, changes that readers do not see.
// The editor shows it once it has saved the first.
func (v StudioEditView) changes() templ.Attributes {
	return templ.Attributes{"data-changes": true, "hidden": v.Copy == 0}
}

func versionOf(n int) string { return strconv.Itoa(n) }

func (v StudioEditView) focus() string {
	if first := v.Errors.First("title", "body_markdown", "excerpt", "tags", "slug", "publish_at", "zone"); first != "" {
		return first
	}
	if v.PostID == "" && v.Form == (PostForm{}) {
		return "title"
	}
	return ""
}

func (v StudioEditView) chosen() Access {
	if v.Form.Access == "" {
		return Public
	}
	return v.Form.Access
}

// share is the island that passes a post on.
func share(title, address string) layout.IslandTag {
	return layout.IslandTag{Element: "nf-content-share", On: "visible", Data: map[string]string{"url": address, "title": title}}
}

// shared reports whether the page offers to pass the post on: it is whole, and everybody's to
// find.
func (v PostView) shared() bool { return v.Gate == nil && !v.Preview }

func editor(data any) layout.IslandTag {
	return layout.IslandTag{Element: "nf-content-editor", Data: data}
}

// nothing says what would be listed.
func (s PostState) nothing() string {
	switch s {
	case Scheduled:
		return "A draft that has a day and a time waits here until it appears by itself."
	case Published:
		return "What readers can open is listed here."
	case Archived:
		return "What is kept, and read by nobody, is listed here."
	case Trashed:
		return "What is thrown away lies here for 30 days."
	}
	return "What is not published yet is listed here."
}

// appears says when, as the clocks of its author's zone show it.
func (p StudioPost) appears() string {
	return "Appears " + p.PublishAt.Format("2 Jan 2006, 15:04") + " " + p.PublishAt.Location().String()
}

// inactive reports whether the post is archived or in the trash.
func (v StudioEditView) inactive() bool { return v.State == Archived || v.State == Trashed }

// closed reports whether the reader of the page may read the text and not change it.
func (v StudioEditView) closed() bool { return v.State == Scheduled && !v.MayPublish }

// zone is what was typed, or UTC, which the editor replaces by that of the browser.
func (v StudioEditView) zone() string {
	if v.Form.Zone != "" {
		return v.Form.Zone
	}
	return "UTC"
}

// address is that of this page, wherever else the text is at home.
func (v PostView) address() string {
	if v.BaseURL == "" || strings.HasPrefix(v.CanonicalURL, v.BaseURL+"/") {
		return v.CanonicalURL
	}
	return v.BaseURL + v.Post.URL
}
