// Package sitepages is the texts of the site's operator, such as its terms: who may publishes them,
// version by version, and everybody reads the one in force.
//
// It promises that a version that somebody agreed to is never changed, and that none goes over
// another that its editor did not see.
package sitepages

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

const (
	sitePageTTL      = 5 * time.Minute
	sitePageVersions = 30 // in one page of the list
)

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.SitePageReads
	Renderer   content.Renderer
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator
}

// Pages is the use cases.
type Pages struct {
	work     content.UnitOfWork
	reads    content.SitePageReads
	renderer content.Renderer
	cache    cache.Cache
	clock    clock.Clock
	ids      idgen.Generator
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*Pages, error) {
	if err := deps.Check("sitepages", d); err != nil {
		return nil, err
	}
	return &Pages{work: d.UnitOfWork, reads: d.Reads, renderer: d.Renderer, cache: d.Cache, clock: d.Clock, ids: d.IDs}, nil
}

// PublishSitePage is the next version of a page. Seen is the number of the one that
// it replaces; 0 for the first.
type PublishSitePage struct {
	Name     content.SitePageName
	Markdown string
	Seen     int
}

// SitePage returns the version of a page that is in force. It fails with
// content.ErrSitePageNotFound.
func (p *Pages) SitePage(ctx context.Context, name content.SitePageName) (content.SitePage, error) {
	if name.Title() == "" {
		return content.SitePage{}, content.ErrSitePageNotFound
	}
	options := cache.Options{TTL: sitePageTTL, Tags: []string{content.TagSitePages}}
	return cache.FetchJSON(ctx, p.cache, "content.site_page:"+string(name), options, func(ctx context.Context) (content.SitePage, error) {
		return p.reads.SitePage(ctx, name)
	})
}

// SitePageVersions is one page of a list of versions, newest first.
type SitePageVersions struct {
	Items      []content.SitePageVersion
	NextCursor string // empty: these are the oldest
}

// SitePageVersions lists the versions of a page without their texts, newest first. From is
// the cursor of the page before; empty: from the newest. It fails with
// content.ErrMayNotManageSite, content.ErrInvalidCursor and content.ErrSitePageNotFound,
// for a name that no page has.
func (p *Pages) SitePageVersions(ctx context.Context, actor identityport.Actor, name content.SitePageName, from string) (SitePageVersions, error) {
	switch {
	case !actor.May(content.PermissionManageSite):
		return SitePageVersions{}, content.ErrMayNotManageSite
	case name.Title() == "":
		return SitePageVersions{}, content.ErrSitePageNotFound
	}
	before, err := versionAfter(from)
	if err != nil {
		return SitePageVersions{}, err
	}
	items, err := p.reads.SitePageVersions(ctx, name, before, sitePageVersions+1)
	if err != nil {
		return SitePageVersions{}, err
	}
	list := SitePageVersions{Items: items}
	if len(items) > sitePageVersions {
		list.Items = items[:sitePageVersions]
		last := list.Items[sitePageVersions-1]
		list.NextCursor = cursor.Encode(cursor.Position{At: last.PublishedAt, ID: strconv.Itoa(last.Number)})
	}
	return list, nil
}

// versionAfter is the number of the last version that was shown; 0 for none.
func versionAfter(from string) (int, error) {
	after, ok := cursor.Decode(from, cursor.Numbers)
	if !ok {
		return 0, content.ErrInvalidCursor
	}
	if after.ID == "" {
		return 0, nil
	}
	number, err := strconv.ParseInt(after.ID, 10, 32)
	if err != nil {
		return 0, content.ErrInvalidCursor
	}
	return int(number), nil
}

// SitePageVersion returns a version of a page with its text. It fails with
// content.ErrMayNotManageSite and content.ErrSitePageNotFound.
func (p *Pages) SitePageVersion(ctx context.Context, actor identityport.Actor, name content.SitePageName, number int) (content.SitePage, error) {
	switch {
	case !actor.May(content.PermissionManageSite):
		return content.SitePage{}, content.ErrMayNotManageSite
	case name.Title() == "" || number < 1 || number > math.MaxInt32:
		return content.SitePage{}, content.ErrSitePageNotFound
	}
	return p.reads.SitePageVersion(ctx, name, number)
}

// PreviewSitePage renders the text of a page as it would be published, and keeps
// nothing. It fails with content.ErrMayNotManageSite and content.ErrInvalidSitePage.
func (p *Pages) PreviewSitePage(ctx context.Context, actor identityport.Actor, markdown string) (content.Preview, error) {
	if !actor.May(content.PermissionManageSite) {
		return content.Preview{}, content.ErrMayNotManageSite
	}
	markdown, err := sitePageText(markdown)
	if err != nil {
		return content.Preview{}, err
	}
	return p.renderer.Preview(ctx, markdown, content.Public)
}

// sitePageText is a text as it is kept; content.ErrInvalidSitePage.
func sitePageText(markdown string) (string, error) {
	if strings.TrimSpace(markdown) == "" || len(markdown) > content.MaxBody || !utf8.ValidString(markdown) {
		return "", content.ErrInvalidSitePage.WithFields(fault.Field{Name: "body_markdown", Message: content.ErrInvalidSitePage.Message})
	}
	return content.NormalizeMarkdown(markdown), nil
}

// PublishSitePage publishes a version of a page: it is what readers get at their next
// request. A text like the one in force makes no version. It fails with
// content.ErrMayNotManageSite, content.ErrSitePageNotFound, content.ErrInvalidSitePage
// and content.ErrSitePageChanged.
func (p *Pages) PublishSitePage(ctx context.Context, actor identityport.Actor, c PublishSitePage) (content.SitePage, error) {
	switch {
	case !actor.May(content.PermissionManageSite):
		return content.SitePage{}, content.ErrMayNotManageSite
	case c.Name.Title() == "":
		return content.SitePage{}, content.ErrSitePageNotFound
	}
	markdown, err := sitePageText(c.Markdown)
	if err != nil {
		return content.SitePage{}, err
	}
	c.Markdown = markdown
	current, err := p.reads.SitePage(ctx, c.Name)
	if err != nil && !errors.Is(err, content.ErrSitePageNotFound) {
		return content.SitePage{}, err
	}
	if current.Number != c.Seen {
		return content.SitePage{}, content.ErrSitePageChanged
	}
	if current.Number > 0 && current.Markdown == c.Markdown {
		return current, nil
	}
	rendered, err := p.renderer.Render(ctx, c.Markdown, content.Public)
	if err != nil {
		return content.SitePage{}, fmt.Errorf("render page %s: %w", c.Name, err)
	}
	now := p.clock.Now()
	page := content.SitePage{
		Name: c.Name, Number: c.Seen + 1, Editor: actor.UserID, Markdown: c.Markdown, Body: rendered.Body, PublishedAt: now.UTC().Truncate(time.Microsecond),
	}
	err = p.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Pages.Insert(ctx, page); err != nil {
			return err
		}
		return s.Audit.Append(ctx, audit.Entry{
			ID: p.ids.New(), Actor: string(actor.UserID), Action: "content.site_page_published",
			Resource: "site_page:" + string(page.Name), Detail: "version " + page.Version(), IP: actor.IP, At: now,
		})
	})
	if err != nil {
		return content.SitePage{}, err
	}
	// What cannot be invalidated now shows the version of before for as long as a cache lives.
	_ = p.cache.Invalidate(context.WithoutCancel(ctx), content.TagSitePages)
	return page, nil
}

// UnpublishedSitePages lists the pages that have no text yet.
func (p *Pages) UnpublishedSitePages(ctx context.Context) ([]content.SitePageName, error) {
	var out []content.SitePageName
	for _, name := range content.SitePageNames() {
		_, err := p.SitePage(ctx, name)
		switch {
		case errors.Is(err, content.ErrSitePageNotFound):
			out = append(out, name)
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}

// TextVersions says which version of each page is in force, by the page's name; one
// without a text is not in it.
func (p *Pages) TextVersions(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for _, name := range content.SitePageNames() {
		page, err := p.SitePage(ctx, name)
		switch {
		case err == nil:
			out[string(name)] = page.Version()
		case !errors.Is(err, content.ErrSitePageNotFound):
			return nil, err
		}
	}
	return out, nil
}
