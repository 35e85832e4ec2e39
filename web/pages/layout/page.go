package layout

import (
	"strings"
	"time"
)

// Page is what every view carries: the first field of each, embedded.
type Page struct {
	SiteName     string
	Title        string // without the site's name; empty on the home page
	Description  string
	Path         string // of this request, without the query
	CanonicalURL string // absolute; empty: none
	BaseURL      string // the public origin, without a slash at the end
	Lang         string // BCP 47; empty: "en"
	Assets       Assets
	Nav          string // path of the header's entry to mark; empty: none
	Navigation   Navigation
	Flash        *Flash
	JSONLD       string // see [StructuredData]; empty: none
	Robots       string // "noindex"; empty: nothing said
	OpenGraph    *OpenGraph
	Alternates   []Alternate            // further forms of the page, and feeds of what it lists
	Viewer       *Viewer                // nil on pages that are the same for everybody
	Vitals       bool                   // the page says what its visitor felt
	Serves       func(path string) bool // whether this site has a page; nil: it has all of them
}

// Assets says where scripts and styles are.
type Assets struct {
	Stylesheets      []string // in order
	Critical         string   // the rules that a page needs before anything else; empty: it waits for the style sheets
	Speculation      string   // JSON: which pages browsers may fetch ahead of a click; empty: none
	ImportMap        string   // JSON, written byte for byte; empty: none
	LoaderURL        string   // module that loads islands; empty: no script at all
	Islands          string   // JSON for the loader's data-islands; empty: none
	ServiceWorkerURL string   // empty: none is registered
	ManifestURL      string   // empty: none
	IconURL          string   // SVG; empty: none
	OwnIcons         bool     // the icons are the product's own, and one of them its mark
	TouchIconURL     string   // PNG, 180 px; empty: none
}

// Has reports whether links to a page of a module lead anywhere.
func (p Page) Has(path string) bool { return p.Serves == nil || p.Serves(path) }

// critical reports whether the page is painted by the rules that stand in it: those of the
// publication's pages do, and what only people who are signed in see waits for all rules.
func (p Page) critical() bool { return p.Viewer == nil && p.Assets.Critical != "" }

// FlashKind is how a message is meant.
type FlashKind string

// The kinds.
const (
	FlashSuccess FlashKind = "success"
	FlashError   FlashKind = "error"
	FlashNotice  FlashKind = "notice"
)

// Flash is a message about what has just happened, shown once.
type Flash struct {
	Kind    FlashKind
	Message string
}

// OpenGraph is how a page looks when it is shared.
type OpenGraph struct {
	Type        string // "article"; empty: "website"
	Title       string // empty: the page's
	Description string // empty: the page's
	Image       SharedImage
}

// SharedImage is the picture of a page where it is shared. Without an address it is none.
type SharedImage struct {
	URL           string // absolute
	Type          string // image/png
	Width, Height int
	Alt           string
}

// Viewer is the person a page is made for.
type Viewer struct {
	ID            string
	Name          string
	Impersonated  bool      // an administrator acts in the person's name
	AvatarURL     string    // empty: initials stand for the person
	EraseAt       time.Time // when the account ends, as its person asked; zero: it stays
	FactorBy      time.Time // when the grace for setting up a second factor ends; zero: none runs
	FactorOverdue bool      // nothing else is open until they have one
}

// FieldErrors maps a field's name to what is wrong with it.
type FieldErrors map[string]string

// setsUpFactor reports whether this is a page on which one sets up a second factor.
func (p Page) setsUpFactor() bool {
	return p.Path == "/account/second-factor" || strings.HasPrefix(p.Path, "/account/security/")
}

// Link leads somewhere.
type Link struct {
	Label string
	URL   string
}

// Choice is one of several views of the same page, each with its own address.
type Choice struct {
	Label  string
	Note   string
	URL    string
	Active bool
}

// Money is an amount in minor units of a currency (ISO 4217).
type Money struct {
	Amount   int64
	Currency string
}
