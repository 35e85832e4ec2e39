package contentpages

import (
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// CoverView is where the cover of a post is chosen.
type CoverView struct {
	layout.Page
	IsPage     bool
	Title      string
	EditURL    string
	DetailsURL string
	Action     string
	Version    int    // of the details
	Search     string // what was searched for
	Pictures   []CoverChoice
	Chosen     string // which of them; empty: none
	Alt        string // keeps what was typed
	Caption    string // keeps what was typed
	NewURL     string // empty on the first page
	OlderURL   string // empty on the last page
	Changed    bool   // somebody else saved meanwhile
	Errors     layout.FieldErrors
}

// CoverChoice is a picture that can be chosen.
type CoverChoice struct {
	ID string
	MediaItem
}

func (v CoverView) version() string { return strconv.Itoa(v.Version) }

func (v CoverView) focus() string { return v.Errors.First("cover_alt", "cover_caption") }

// coverPlaces is where a cover is shown. No list has pages.
func coverPlaces(page bool) string {
	if page {
		return "above the page, and where it is shared."
	}
	return "above the post, beside its title in lists, and where it is shared."
}
