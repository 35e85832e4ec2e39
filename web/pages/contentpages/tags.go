package contentpages

import (
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// TagsView is the list of tags, for who manages them.
type TagsView struct {
	layout.Page
	Tags     []ManagedTag
	FirstURL string // empty on the first page
	NextURL  string // empty on the last page
}

// ManagedTag is a tag in the list.
type ManagedTag struct {
	Name        string
	Title       string // empty: it is written as its name
	Description string
	Posts       int
	More        bool // there are more posts than are counted
	URL         string
}

// posts says how many there are.
func (t ManagedTag) posts() string { return postCount(t.Posts, t.More) }

func postCount(n int, more bool) string {
	switch {
	case more:
		return strconv.Itoa(n) + " posts or more"
	case n == 1:
		return "1 post"
	}
	return strconv.Itoa(n) + " posts"
}

// TagEditView is where a tag is described, renamed and merged.
type TagEditView struct {
	layout.Page
	Tag       ManagedTag
	PublicURL string // empty: no post is published under it
	Action    string
	Version   int
	Title     string // keeps what was typed
	Describes string // keeps what was typed
	NewName   string // keeps what was typed
	Former    []FormerTag
	Moving    int // posts that are still filed under a former name
	Merge     *TagMerge
	Errors    layout.FieldErrors
}

// FormerTag is a name that leads to a tag.
type FormerTag struct{ Name string }

// TagMerge asks whether a tag is to be merged with another one.
type TagMerge struct {
	Into ManagedTag
}

func (v TagEditView) version() string { return strconv.Itoa(v.Version) }

// moving says how many posts follow.
func (v TagEditView) moving() string {
	if v.Moving == 1 {
		return "1 post is still filed under a former name. It follows within minutes."
	}
	return strconv.Itoa(v.Moving) + " posts are still filed under a former name. They follow within minutes."
}

// DetailsView is where it is said what search engines and other sites are told of a post.
type DetailsView struct {
	layout.Page
	IsPage    bool
	Title     string
	EditURL   string
	Action    string
	Version   int
	PublicURL string // what the address is without a canonical one
	Excerpt   string
	CoverURL  string // where the cover is chosen
	Cover     Picture
	Form      DetailsForm
	Changed   bool // somebody else saved meanwhile
	Errors    layout.FieldErrors
}

// DetailsForm is what was typed.
type DetailsForm struct {
	SEOTitle          string
	SEODescription    string
	SocialTitle       string
	SocialDescription string
	Canonical         string
	NoIndex           bool
}

func (v DetailsView) version() string { return strconv.Itoa(v.Version) }

// unindexed says who has it all the same.
func (v DetailsView) unindexed() string {
	if v.IsPage {
		return "Search engines are asked to leave the page out. Readers and the search of this site have it."
	}
	return "Search engines are asked to leave the post out. Readers, feeds and the search of this site have it."
}

func (v DetailsView) focus() string {
	return v.Errors.First("seo_title", "seo_description", "social_title", "social_description", "canonical_url")
}
