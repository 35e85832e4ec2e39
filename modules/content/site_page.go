package content

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SitePageName names a page whose text the site's operator writes.
type SitePageName string

// The pages.
const (
	PageTerms   SitePageName = "terms"
	PagePrivacy SitePageName = "privacy"
)

// PermissionManageSite is to publish the pages of the site.
const PermissionManageSite identityport.Permission = "content.site.manage"

// TagSitePages is the cache tag of whatever shows a page of the site, or its version.
const TagSitePages = "content.site_pages"

// SitePageNames lists the pages there are.
func SitePageNames() []SitePageName { return []SitePageName{PageTerms, PagePrivacy} }

// Title is what the page is called; empty for a page that does not exist.
func (n SitePageName) Title() string {
	switch n {
	case PageTerms:
		return "Terms of use"
	case PagePrivacy:
		return "Privacy notice"
	}
	return ""
}

// SitePage is one version of a page. The highest Number is in force, from 1 on; no
// version is ever changed.
type SitePage struct {
	Name        SitePageName
	Number      int
	Editor      identityport.UserID // empty: erased
	Markdown    string
	Body        string // HTML, safe to show
	PublishedAt time.Time
}

// Version is what a consent records of the text: its day and number.
func (p SitePage) Version() string { return versionOf(p.PublishedAt, p.Number) }

func versionOf(publishedAt time.Time, number int) string {
	return fmt.Sprintf("%s.%d", publishedAt.UTC().Format(time.DateOnly), number)
}

// SitePageVersion is what a list tells of a version: all but its text.
type SitePageVersion struct {
	Name        SitePageName
	Number      int
	Editor      identityport.UserID // empty: erased
	PublishedAt time.Time
}

// Version is what a consent records of the text.
func (v SitePageVersion) Version() string { return versionOf(v.PublishedAt, v.Number) }

// SitePages keeps the versions of pages.
type SitePages interface {
	// Insert writes a version; ErrSitePageChanged when its number is there already.
	Insert(ctx context.Context, p SitePage) error
	// AnonymizeEditor keeps the versions that somebody published, without them.
	AnonymizeEditor(ctx context.Context, id identityport.UserID) error
}

// SitePageReads reads them.
type SitePageReads interface {
	// SitePage returns the version in force; ErrSitePageNotFound when there is none.
	SitePage(ctx context.Context, name SitePageName) (SitePage, error)
	// SitePageVersion returns one version; ErrSitePageNotFound when there is none.
	SitePageVersion(ctx context.Context, name SitePageName, number int) (SitePage, error)
	// SitePageVersions lists versions, newest first: those with a number below before,
	// or the newest when that is 0.
	SitePageVersions(ctx context.Context, name SitePageName, before, limit int) ([]SitePageVersion, error)
	// SitePagesBy lists what somebody published, of all pages, oldest first.
	SitePagesBy(ctx context.Context, id identityport.UserID) ([]SitePage, error)
}
