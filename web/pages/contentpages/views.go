package contentpages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Access is who may read a post.
type Access string

// The kinds of access.
const (
	Public  Access = "public"
	Members Access = "members"
	Paid    Access = "paid"
)

// Tag is a word that posts are filed under. Posts and Active are used where tags
// are a choice.
type Tag struct {
	Name   string
	URL    string
	Active bool
}

// PostSummary is a post as lists show it.
type PostSummary struct {
	Title          string
	URL            string
	Excerpt        string
	Authors        []Byline // in order; empty: they are not known
	By             string   // their names, as one says them
	PublishedAt    time.Time
	ReadingMinutes int
	Tags           []Tag
	Access         Access
	Cover          Picture // above the post, or beside its title in a list
	IsPage         bool    // without author, date, reading time and tags
}

// Byline is somebody who wrote a post.
type Byline struct {
	Name string
	URL  string // their posts
}

// Picture is a picture of the library in a page. Without an address it is none.
type Picture struct {
	URL           string
	Srcset, Sizes string // empty: there is one file
	Width, Height int
	Tone          string // the class of its mean colour; empty: not known
	Alt           string // empty: what stands beside it says it
	Caption       string
}

// Offer invites to subscribe. Its zero value is not shown.
type Offer struct {
	PlanName string
	Price    layout.Money // per month
	Features []string
	URL      string // where to choose a plan
}

// HomeView is the front page. Posts are the newest first; the first is shown large.
type HomeView struct {
	layout.Page
	Heading string // what the publication says of itself; empty: a default
	Intro   string
	Posts   []PostSummary
	Tags    []Tag
	Offer   *Offer
}

// PostsView is a list of posts, of all or of one tag.
type PostsView struct {
	layout.Page
	Heading   string // "Posts", or the tag
	Intro     string
	Tags      []Tag // the filter; the active one is the list's own
	Posts     []PostSummary
	NewestURL string // empty on the first page
	OlderURL  string // empty on the last page
}

// Gate says why a post is shown in part.
type Gate struct {
	IsPage     bool
	Access     Access // Members or Paid
	SignedIn   bool   // whether it is known that the reader is signed in
	SignInURL  string // with the way back
	PricingURL string
	PlanName   string       // the plan that opens it; for Paid
	Price      layout.Money // per month; zero: not named
}

// PostView is one post. With a Gate, neither BodyHTML nor the share island is rendered.
type PostView struct {
	layout.Page
	Post       PostSummary
	UpdatedAt  time.Time // shown when it is another day than PublishedAt; zero: not shown
	BodyHTML   string    // sanitized upstream
	TeaserHTML string    // sanitized upstream; with a Gate only
	Frames     []string  // the origins of what its text offers to open
	Gate       *Gate
	EditURL    string // for those who may edit it; empty: none
	Described  string // what search engines are told in place of the excerpt; empty: that
	Language   string // of the text (BCP 47); empty: as the page, or not known
	Preview    bool   // by a preview link, whatever its status
	Related    []PostSummary
}

// PreviewLinksView is the links that open a post to people without an account.
type PreviewLinksView struct {
	layout.Page
	IsPage  bool
	Title   string
	EditURL string
	Action  string
	Gated   bool   // not everybody reads all of it
	Made    string // the address of the link that was just made; empty: none
	Links   []PreviewLink
	Days    string // keeps what was typed
	Errors  layout.FieldErrors
}

// PreviewLink is one of them that is good.
type PreviewLink struct {
	CreatedAt time.Time
	EndsAt    time.Time
	RevokeURL string
}

// PrivateFeedView is one's own feed.
type PrivateFeedView struct {
	layout.Page
	CreatedAt time.Time     // zero: there is none
	Made      []FeedAddress // of the feed that was just made; empty: none was
}

// FeedAddress is where a feed is in one of its formats.
type FeedAddress struct {
	Format string
	URL    string
}

// PostState is where a post stands.
type PostState string

// The states.
const (
	Draft     PostState = "draft"
	Scheduled PostState = "scheduled"
	Published PostState = "published"
	Archived  PostState = "archived"
	Trashed   PostState = "trashed"
)

// Title is what a state is called.
func (s PostState) Title() string {
	switch s {
	case Scheduled:
		return "Scheduled"
	case Published:
		return "Published"
	case Archived:
		return "Archived"
	case Trashed:
		return "Trash"
	}
	return "Draft"
}

// StudioPost is a post as its author's list shows it.
type StudioPost struct {
	IsPage      bool
	Title       string
	EditURL     string
	PublicURL   string // empty unless published
	State       PostState
	Changed     bool // by changes that readers do not see yet
	InReview    bool // somebody waits for a review
	Access      Access
	Author      string // empty: the viewer
	UpdatedAt   time.Time
	PublishedAt time.Time // zero unless published
	PublishAt   time.Time // in its author's zone; zero unless scheduled
	Tags        []string
	Choice      string // names it, and the version that is shown, where it is chosen; empty: it cannot be
}

// StudioView is the author's list, last changed first.
type StudioView struct {
	layout.Page
	Kinds      []layout.Choice
	Kind       string // "post" or "page"; empty: both
	States     []layout.Choice
	State      PostState // empty: all that is not inactive
	Posts      []StudioPost
	Shared     []SharedPost // on the first page of all
	NewURL     string
	NewPageURL string
	TagsURL    string // empty: others manage the tags
	Filter     StudioFilter
	ViewForm   ViewForm

	NewestURL string // empty on the first page
	OlderURL  string // empty on the last page
}

// SharedPost is somebody else's post that is shared with the reader.
type SharedPost struct {
	StudioPost
	URL   string    // where it is edited, or read
	Share string    // "read", "edit" or "publish"
	Until time.Time // its last day; zero: none
}

// SharingView is with whom a post is shared.
type SharingView struct {
	layout.Page
	IsPage  bool
	Title   string
	EditURL string
	Action  string
	Gated   bool // not everybody reads it
	People  []SharedPerson
	Form    ShareForm
	Errors  layout.FieldErrors
}

// ShareForm is what was typed in order to share a post.
type ShareForm struct {
	Email string
	Share string
	Until string // a day, like 2027-03-04
}

// SharedPerson is somebody with whom a post is shared.
type SharedPerson struct {
	Name      string
	Email     string
	Share     string    // "read", "edit" or "publish"
	Until     time.Time // the last day; zero: none
	RemoveURL string
}

// may says what somebody may do.
func (p SharedPerson) may() string { return "may " + p.Share + " it" }

// PostForm is what the author typed.
type PostForm struct {
	Kind         string // "post" or "page"; empty: what it is already, or a post
	Title        string
	Slug         string
	Excerpt      string
	Tags         string // separated by commas
	Access       Access // field "visibility"
	BodyMarkdown string
	PublishAt    string // a moment in Zone, like 2027-03-04T07:30
	Zone         string // like Europe/Berlin
}

// Conflict says that somebody saved a post while it was edited here.
type Conflict struct {
	SavedAt   time.Time // zero: not said
	TheirsURL string    // opens the saved version, beside this one
	Version   int       // saving again with it writes this text over theirs
}

// RevisionsView is a page of the saves of a post, newest first.
type RevisionsView struct {
	layout.Page
	IsPage   bool
	Title    string
	EditURL  string
	Items    []Revision
	OlderURL string // empty on the last page
}

// Revision is one save.
type Revision struct {
	Number     int
	Title      string
	Editor     string // "you", or a name; empty: somebody who has left
	SavedAt    time.Time
	Current    bool
	URL        string // compares it with the text as it is now
	ChangesURL string // compares it with the one before; empty: none
}

// RevisionView compares one save with another text.
type RevisionView struct {
	layout.Page
	Title        string
	Number       int
	Earlier      int
	Later        int // 0: the text as it is now
	Others       []int
	RevisionsURL string
	Action       string // the page itself; …/restore brings the text back
	Published    bool
	HasCopy      bool // changes that readers do not see yet
	MayRestore   bool
	Version      int
	Copy         int
	Differs      bool
	Parts        []ComparedPart // those that differ
	Blocks       []ComparedBlock
	Errors       layout.FieldErrors
}

// ComparedPart is a part of a post beside its text.
type ComparedPart struct {
	Label string
	Runs  []Run
}

// ComparedBlock is some paragraphs, or how many that are alike in both are left out.
type ComparedBlock struct {
	Runs    []Run
	LeftOut int
}

// Run is a piece of two texts: "same", "deleted" or "inserted".
type Run struct {
	Op   string
	Text string
}

// Passed says that readers got another text since the changes were begun that are to be published.
type Passed struct {
	URL     string // where it is read
	Version int    // of the post: publishing with it puts the changes in its place
}

// Preview is a text as it would be read.
type Preview struct {
	BodyHTML   string // sanitized upstream
	TeaserHTML string // sanitized upstream; what everybody reads of a gated text
	Gated      bool
	Warnings   []string // what of the text is left out
}

// StudioEditView is the writing page. The form posts to Action: kind (unless it is fixed), title, slug,
// excerpt, tags, visibility, body_markdown, version, copy, and the pressed button as
// intent: save, preview, publish, publish_changes, discard_changes, unpublish, schedule (with
// publish_at and zone) or unschedule. The button of a Conflict sends overwrite
// instead: the version, or the save of the working copy, to save over; that of Passed sends
// publish_over: the version of the post whose text the changes take the place of.
type StudioEditView struct {
	layout.Page
	Action       string
	IsPage       bool   // it is one, or is to be begun as one
	MayBeEither  bool   // it was never published: it can still become a post, or a page
	PostID       string // empty: a new post
	DraftKey     string // of a new post: sent again under it, it is the same post
	Shared       string // names the draft of a post that another program's text begins; empty: the tab's own
	Version      int
	TextVersion  int // the version that last changed the text
	Copy         int // the save of its working copy, which is shown then; 0: none
	State        PostState
	PublicURL    string    // empty unless published
	PreviewsURL  string    // empty: a new post, or one that is inactive
	RevisionsURL string    // empty: a new post
	DetailsURL   string    // empty: a new post, one that is inactive, or that they may not change
	AuthorsURL   string    // empty: a new post, or one that is inactive
	SharingURL   string    // empty: another decides with whom it is shared
	MayRemove    bool      // archive, trash and restore it
	DeletedAt    time.Time // when it is deleted for good; zero unless in the trash
	SavedAt      time.Time
	Form         PostForm
	Errors       layout.FieldErrors // keys are field names; "" is about the whole form
	Conflict     *Conflict
	Passed       *Passed
	Review       *ReviewView // nil: a new post
	MayPublish   bool
	Unsaved      bool     // the form holds what was typed, which is not saved
	Preview      *Preview // nil: none was asked for
	Editor       any      // what the island gets that edits the text field; nil: the field stands alone
}
