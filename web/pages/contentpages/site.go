package contentpages

import (
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SitePageView is a page that the site's operator writes.
type SitePageView struct {
	layout.Page
	Heading     string
	Version     string // empty: not published yet
	PublishedAt time.Time
	BodyHTML    string // safe
}

// SitePageRow is one page in the list of administration.
type SitePageRow struct {
	Title       string
	URL         string
	EditURL     string
	Version     string // empty: not published yet
	PublishedAt time.Time
}

// SitePagesView is the list of administration.
type SitePagesView struct {
	layout.Page
	Pages []SitePageRow
}

// SitePageVersion is a version that was published.
type SitePageVersion struct {
	Version     string
	URL         string // of its text
	Editor      string
	PublishedAt time.Time
}

// SitePageOldView is one version of a page, as it was published.
type SitePageOldView struct {
	layout.Page
	Heading     string
	Editor      string
	PublishedAt time.Time
	BodyHTML    string // safe
	Markdown    string
	EditURL     string
}

// SitePageEditView is where a page is written.
type SitePageEditView struct {
	layout.Page
	Heading   string
	Action    string
	PublicURL string
	Markdown  string   // keeps what was typed
	Seen      int      // number of the version that was changed
	BodyHTML  string   // safe, of a preview; empty: none was asked for
	Warnings  []string // what of the previewed text is left out
	Errors    layout.FieldErrors
	Editor    any               // what the island gets that edits the text field; nil: the field stands alone
	Versions  []SitePageVersion // one page of them
	NewestURL string
	OlderURL  string
}

func (v SitePageEditView) seen() string { return strconv.Itoa(v.Seen) }
