package content

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Stores is what a use case may change in one transaction.
type Stores struct {
	Posts    Posts
	Copies   WorkingCopies
	Previews PreviewLinks
	Feeds    PrivateFeeds
	Authors  Authors
	Pages    SitePages
	Tags     Tags
	Details  Details
	Reviews  Reviews
	Open     OpenEditors
	Views    SavedViews
	Search   SearchIndex
	Media    MediaStore
	Audit    audit.Trail
	Events   events.Writer
	Jobs     jobs.Enqueuer
	Inbox    events.Inbox
}

// UnitOfWork runs fn in one transaction: committed when fn returns nil, rolled
// back otherwise. fn must return every error of a store. Do does not nest.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Posts keeps posts and their revisions, and the index by which published ones are found.
type Posts interface {
	// Insert writes a new post and its first revision; ErrSlugTaken, and ErrPostExists
	// when a post has its id.
	Insert(ctx context.Context, p *Post) error
	// Update writes the post over the version that it was loaded at; ErrPostChanged when
	// that is not the current one, ErrPostNotFound, ErrSlugTaken. A changed text is kept
	// as a revision by editor; one of an autosave as Post.GoesOnFrom and Revision.FollowingAutosave have
	// it, of which the post is told by JoinRevision.
	// ErrAuthorNotFound when it has authors that it did not have
	// before, and that have no profile. The slug that a post leaves which was published leads to it
	// from then on, and is taken for every other; the last MaxFormerSlugs are kept. A
	// rendering is written with a new text alone: PutRendering may have replaced that of the
	// old one since the post was loaded. So are tags: MoveTags may have changed them.
	Update(ctx context.Context, p *Post, editor identityport.UserID) error
	// KeepAutosave makes the last revision of a post one that was saved by hand, if its text
	// version is still seen: no later autosave takes its place.
	KeepAutosave(ctx context.Context, id PostID, seen int) error
	// PutRendering replaces the rendering of version seen of a post, and nothing else of
	// it; ErrPostChanged when that is not the current version.
	PutRendering(ctx context.Context, id PostID, seen int, r Rendered) error
	// MoveTags files a post under the names that its tags have now, and answers what it was
	// and is of it: all but its text and its rendering. It is no save: neither the version
	// of the post nor its dates nor its revisions change. ErrPostNotFound.
	MoveTags(ctx context.Context, id PostID) (before, after PostState, err error)
	// Delete removes a post for good that is at version seen, with all that hangs on it;
	// ErrPostChanged, ErrPostNotFound.
	Delete(ctx context.Context, id PostID, seen int) error
	// DeleteByAuthor removes what somebody wrote alone, and takes them out of what others
	// wrote with them, which belongs to the next of its authors. It returns the slugs and
	// tags of what was, and of what is, public of either.
	DeleteByAuthor(ctx context.Context, author identityport.UserID) (deleted, passedOn []PostState, err error)
}

// Authors keeps profiles.
type Authors interface {
	// Put opens a profile, and answers whether it did: one that is there stays as it
	// is, whatever it is called. A handle that somebody else has, or had before, gets
	// the next free number ("ada-2"); the profile as kept is returned. ErrAuthorChanged
	// when others took every handle that it found free.
	Put(ctx context.Context, a Author) (kept Author, opened bool, err error)
	// Rename gives a profile that is there another name, and a handle as Put does
	// unless it has a form of the wanted one; it answers whether that changed anything.
	// The handle that it had until at leads to it from then on, whoever was said to
	// have had it before; of these the last MaxFormerHandles are kept.
	// ErrAuthorNotFound; ErrAuthorChanged when another rename of the profile, or one
	// that took the handle, came first.
	Rename(ctx context.Context, a Author, at time.Time) (kept Author, changed bool, err error)
	// Delete removes a profile and frees its handles, also those from before.
	Delete(ctx context.Context, id identityport.UserID) error
}

// Listing asks for a page of what is published, newest first: of posts, or of pages, which no
// tag lists.
type Listing struct {
	Pages  bool
	Tag    string
	Author string // handle
	After  cursor.Position
	Limit  int // 1 to 100
}

// Summary is a post without its body: what lists and feeds of everybody show.
// Teaser is safe HTML that any reader may see.
type Summary struct {
	ID             PostID
	Kind           Kind
	Slug           string
	Title          string
	Excerpt        string
	Teaser         string
	Tags           []string
	Visibility     Visibility
	Status         Status
	AuthorHandle   string
	AuthorName     string
	CoAuthors      []Author // who wrote it beside the author
	ReadingMinutes int
	PublishedAt    time.Time
	UpdatedAt      time.Time
	Version        int
	Cover          Cover
	NoIndex        bool      // search engines are asked to leave it out
	Schedule       Schedule  // told by Written and Summaries alone
	CopySavedAt    time.Time // of its working copy; told by Written and Summaries alone, zero when there is none
	InReview       bool      // somebody waits for a review of it; told by Written and Summaries alone
}

// openingLength is the most characters of an opening: what search engines show of a page.
const openingLength = 160

// openingWithin is how many bytes of HTML are looked through for it.
const openingWithin = 64 << 10

// Opening is what lists say of the post below its title: its excerpt, or else the first
// words that everybody may read.
func (s Summary) Opening() string { return opening(s.Excerpt, s.Teaser) }

// Opening is what others are told of the post, as that of a summary.
func (s PostState) Opening() string { return opening(s.Text.Excerpt, s.Rendered.Teaser) }

func opening(excerpt, teaser string) string {
	if excerpt != "" {
		return excerpt
	}
	if len(teaser) > openingWithin {
		teaser = strings.ToValidUTF8(teaser[:openingWithin], "")
		if tag := strings.LastIndexByte(teaser, '<'); tag > strings.LastIndexByte(teaser, '>') { // half of one
			teaser = teaser[:tag]
		}
	}
	return textform.CutWords(strings.ReplaceAll(TextOf(teaser), "\n", " "), openingLength)
}

// Writing asks for a page of what was written, last changed first. Of its fields each
// narrows the list; after.At is an UpdatedAt. Without a Status it is what is neither
// archived nor in the trash, or everything.
type Writing struct {
	Author     identityport.UserID
	Status     Status
	Everything bool
	After      cursor.Position
	Limit      int // 1 to 100
}

// MaxFormerSlugs is how many addresses that a post had lead to it.
const MaxFormerSlugs = 50

// Article is one post together with its authors' profiles, and what is told of it.
type Article struct {
	Post      PostState
	Author    Author
	CoAuthors []Author // in the order of Post.CoAuthors
	Details   PostDetails
	Cover     Cover // the picture that Details choose
}

// Reads is what needs no transaction.
type Reads interface {
	FigureReads
	SitePageReads
	PreviewLinkReads
	FeedReads
	SitemapReads
	ArchiveReads
	WorkingCopyReads
	TagReads
	DetailReads
	ReviewReads
	OpenEditorReads
	SavedViewReads
	MediaReads
	Searches
	// Published returns a post without its Markdown source; ErrPostNotFound unless a
	// published post has the slug.
	Published(ctx context.Context, slug string) (Article, error)
	// PublishedAs returns, as Published does, the post that had a slug before it was
	// published under another; ErrPostNotFound.
	PublishedAs(ctx context.Context, former string) (Article, error)
	// Article returns a post in any status; ErrPostNotFound.
	Article(ctx context.Context, id PostID) (Article, error)
	// List returns up to Limit summaries; it reads no bodies.
	List(ctx context.Context, l Listing) ([]Summary, error)
	Written(ctx context.Context, w Writing) ([]Summary, error)
	// Due lists up to limit posts that are to be published at now, the earliest first.
	Due(ctx context.Context, now time.Time, limit int) ([]PostID, error)
	// TrashedBefore lists up to limit posts that lie in the trash since before t, the
	// oldest first.
	TrashedBefore(ctx context.Context, t time.Time, limit int) ([]PostID, error)
	// WrittenPages lists up to limit pages in any status, of one author unless that is empty, in
	// no order.
	WrittenPages(ctx context.Context, author identityport.UserID, limit int) ([]PostID, error)
	// Summaries lists those of posts that are there, in any status, last changed first.
	Summaries(ctx context.Context, ids []PostID, limit int) ([]Summary, error)
	// OutdatedRenderings lists posts that an older renderer than the one of a version
	// rendered, behind a position: first those whose RenderedVersion is not their Version,
	// by id, then the others by Rendered.Renderer and id. Their bodies are not read.
	OutdatedRenderings(ctx context.Context, renderer int, after RenderingPosition, limit int) ([]PostState, error)
	// Revisions lists the saves of a post, newest first.
	Revisions(ctx context.Context, id PostID, limit int) ([]Revision, error)
	// RevisionHeads lists the saves of a post before a number, newest first, without their excerpt
	// and Markdown; all for 0.
	RevisionHeads(ctx context.Context, id PostID, before, limit int) ([]Revision, error)
	// Revision returns one save of a post; ErrRevisionNotFound.
	Revision(ctx context.Context, id PostID, number int) (Revision, error)
	// RevisionFrom returns the save of a number or, where there is none any more, the next one: an
	// autosave is taken in by the one that follows it, see Revision.FollowingAutosave.
	// ErrRevisionNotFound for a number behind the last.
	RevisionFrom(ctx context.Context, id PostID, number int) (Revision, error)
	// AuthorByHandle fails with ErrAuthorNotFound.
	AuthorByHandle(ctx context.Context, handle string) (Author, error)
	// AuthorByFormerHandle returns, as it is now, the profile that had a handle
	// before; ErrAuthorNotFound.
	AuthorByFormerHandle(ctx context.Context, handle string) (Author, error)
	// Profiles lists up to limit authors by their handles.
	Profiles(ctx context.Context, limit int) ([]Author, error)
	// AuthorByID fails with ErrAuthorNotFound.
	AuthorByID(ctx context.Context, id identityport.UserID) (Author, error)
	// FormerHandles lists what an author was called before, oldest first.
	FormerHandles(ctx context.Context, id identityport.UserID) ([]FormerHandle, error)
}

// Renderer turns Markdown into safe HTML.
type Renderer interface {
	// Version counts the changes of what Render makes of a text, from 1.
	Version() int
	// Render never fails on what an author wrote; an error is a defect.
	Render(ctx context.Context, markdown string, v Visibility) (Rendered, error)
	// Preview renders as Render does, and tells what was taken away.
	Preview(ctx context.Context, markdown string, v Visibility) (Preview, error)
}
