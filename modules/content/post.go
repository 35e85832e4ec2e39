package content

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// PostID identifies a post; a UUID in canonical form.
type PostID string

// Visibility says who may read the body of a published post.
type Visibility string

// The visibilities.
const (
	Public  Visibility = "public"  // everybody
	Members Visibility = "members" // whoever is signed in
	Paid    Visibility = "paid"    // whoever has the entitlement billingport.ContentPaid
)

// Valid reports whether v is one of the visibilities.
func (v Visibility) Valid() bool { return v == Public || v == Members || v == Paid }

// Narrower is the one of two visibilities that fewer people read.
func (v Visibility) Narrower(other Visibility) Visibility {
	if v == Paid || v == Members && other == Public {
		return v
	}
	return other
}

// Status is where a post stands.
type Status string

// The statuses.
const (
	Draft     Status = "draft"
	Scheduled Status = "scheduled" // a draft that is published at its schedule's moment
	Published Status = "published"
	Archived  Status = "archived" // kept, and read by nobody
	Trashed   Status = "trashed"  // deleted for good after TrashKept
)

// Statuses are all of them, in the order of a post's life.
var Statuses = []Status{Draft, Scheduled, Published, Archived, Trashed}

// Inactive reports whether a post is archived or in the trash.
func (s Status) Inactive() bool { return s == Archived || s == Trashed }

// Valid reports whether s is one of them.
func (s Status) Valid() bool { return slices.Contains(Statuses, s) }

// Bounds of what an author may write.
const (
	MaxTitle   = 200     // characters
	MaxExcerpt = 500     // characters
	MaxBody    = 512_000 // bytes of Markdown
	MaxTags    = 10
	MaxTag     = 40  // characters
	MaxSlug    = 120 // bytes
	// MaxRendered bounds the HTML that a text becomes, in bytes: a few characters of Markdown
	// can become many of HTML, and lists and feeds hold twenty posts in memory.
	MaxRendered = 4 << 20
)

// MoreMark separates the teaser of a gated post from the rest. Without it the first
// paragraph is the teaser; when nothing would be left behind the gate, there is none.
const MoreMark = "<!--more-->"

// MorePattern finds the mark however it is spelt.
var MorePattern = regexp.MustCompile(`(?i)<!--[ \t]*more[ \t]*-->`)

// Text is what an author writes; the whole of it is replaced by each save.
type Text struct {
	Slug       string
	Title      string
	Excerpt    string
	Markdown   string
	Tags       []string
	Visibility Visibility
}

// Equal reports whether nothing of two texts differs.
func (t Text) Equal(other Text) bool {
	return t.Slug == other.Slug && t.Title == other.Title && t.Excerpt == other.Excerpt && t.Markdown == other.Markdown &&
		t.Visibility == other.Visibility && slices.Equal(t.Tags, other.Tags)
}

// IsSlug reports whether s can be the slug of a post: letters and digits of any script in
// lower case, composed (NFC), joined by single hyphens. Addresses have it percent-encoded.
func IsSlug(s string) bool { return len(s) <= MaxSlug && textform.IsSlug(s) }

// Clean trims the text and brings tags to lower case, without repetition. It
// fails with ErrInvalidPost, naming each faulty field as the API spells it.
func (t Text) Clean() (Text, error) {
	var faults []fault.Field
	addFieldError := func(name, message string) { faults = append(faults, fault.Field{Name: name, Message: message}) }

	// Both stand among other texts in lists, feeds and mails.
	t.Title = strings.TrimSpace(textform.Plain(t.Title))
	t.Excerpt = strings.TrimSpace(textform.Plain(t.Excerpt))
	t.Slug = strings.TrimSpace(t.Slug)
	if composed, ok := textform.Tag(t.Slug); ok && strings.ToLower(t.Slug) == t.Slug && !strings.ContainsFunc(t.Slug, unicode.IsSpace) {
		t.Slug = composed // some systems type marks apart from their letters
	}
	t.Markdown = NormalizeMarkdown(t.Markdown)

	switch n := utf8.RuneCountInString(t.Title); {
	case n == 0, !strings.ContainsFunc(t.Title, shows):
		addFieldError("title", "Give it a title.")
	case n > MaxTitle:
		addFieldError("title", "The title may have at most 200 characters.")
	case strings.ContainsFunc(t.Title, unicode.IsControl) || !utf8.ValidString(t.Title):
		addFieldError("title", "The title may not contain control characters.")
	}
	if utf8.RuneCountInString(t.Excerpt) > MaxExcerpt {
		addFieldError("excerpt", "The excerpt may have at most 500 characters.")
	}
	if !IsSlug(t.Slug) {
		addFieldError("slug", "The slug may have lower-case letters and digits of any script and single hyphens, at most 120 bytes.")
	}
	switch {
	case len(t.Markdown) > MaxBody:
		addFieldError("body_markdown", "The text may have at most 512,000 bytes. Split it into several posts.")
	case !utf8.ValidString(t.Markdown) || strings.ContainsRune(t.Markdown, 0):
		addFieldError("body_markdown", "The text is not valid UTF-8.")
	}
	tags, ok := cleanTags(t.Tags)
	if !ok {
		addFieldError("tags", "At most 10 tags, each of letters, digits and hyphens, at most 40 characters.")
	}
	t.Tags = tags
	if !t.Visibility.Valid() {
		addFieldError("visibility", "The visibility must be public, members or paid.")
	}
	if len(faults) > 0 {
		return Text{}, ErrInvalidPost.WithFields(faults...)
	}
	return t, nil
}

// lineEnds are the ends of lines that Unicode knows (UAX 14, BK, CR, NL); to Markdown
// only the first two are any, so that what looks like two paragraphs to an author
// would be one.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n")

// NormalizeMarkdown ends lines with a line feed, and empties those that show nothing.
// Every text is brought to this form before it is rendered or kept.
func NormalizeMarkdown(s string) string {
	lines := strings.Split(lineEnds.Replace(s), "\n")
	for i, line := range lines {
		if !strings.ContainsFunc(line, shows) && strings.ContainsFunc(line, func(r rune) bool { return r != ' ' && r != '\t' }) {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// shows reports whether a character leaves a mark on the page.
func shows(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.In(r, unicode.Z, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) && r != '\u2800'
}

func cleanTags(tags []string) ([]string, bool) {
	out := make([]string, 0, min(len(tags), MaxTags))
	for _, tag := range tags {
		tag, ok := CleanTag(tag)
		if !ok {
			return nil, false
		}
		if tag == "" || slices.Contains(out, tag) {
			continue
		}
		if len(out) == MaxTags { // each is compared with those before it
			return nil, false
		}
		out = append(out, tag)
	}
	return out, true
}

// CleanTag brings a tag to the form in which tags are kept and compared (textform.Tag):
// lower case, words joined by hyphens, marks as their script has them. It answers false
// for what cannot be a tag; an empty tag stays empty.
func CleanTag(tag string) (string, bool) {
	tag, ok := textform.Tag(tag)
	if !ok || utf8.RuneCountInString(tag) > MaxTag {
		return "", false
	}
	return tag, true
}

// MaxDraftKey is how long a key of a draft may be: printable ASCII.
const MaxDraftKey = 200

// DraftID is the id of the draft that somebody begins under a key of their own choice:
// sent again, it is the same draft. An empty key makes none; ErrInvalidDraftKey for one
// that is too long, or not printable ASCII. It is a UUID of version 8 (RFC 9562, 5.8),
// which nobody finds without the author and the key.
func DraftID(author identityport.UserID, key string) (PostID, error) {
	if key == "" || len(key) > MaxDraftKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", ErrInvalidDraftKey
	}
	sum := sha256.Sum256([]byte("content.draft\n" + string(author) + "\n" + key))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return PostID(fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])), nil
}

// Rendered is the safe HTML of a text. Teaser is what every reader may see; it
// equals Body for a post without a gate.
type Rendered struct {
	Body           string
	Teaser         string
	ReadingMinutes int
	Renderer       int // Version of the Renderer that made it; 0: one that had none
}

// Check fails with ErrInvalidPost for a text that becomes too much HTML.
func (r Rendered) Check() error {
	if size := max(len(r.Body), len(r.Teaser)); size > MaxRendered {
		return ErrInvalidPost.WithFields(fault.Field{Name: "body_markdown", Message: fmt.Sprintf(
			"The text becomes a page of %d MB, and 4 MB is the most. Leave out some of its tables, notes or markup, or split it into several posts.", (size+1<<20-1)>>20)})
	}
	return nil
}

// PostState is a post as a store keeps it.
type PostState struct {
	ID          PostID
	Author      identityport.UserID // the first one, to whom it belongs
	CoAuthors   []identityport.UserID
	Kind        Kind
	Text        Text
	Rendered    Rendered
	Status      Status
	PublishedAt time.Time // of the first publication; zero before it
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int // counts saves, from 1
	// TextVersion is the Version that last changed the text: what was done to the post since is
	// no other text. Reads for readers leave it out.
	TextVersion int
	// RenderedVersion is the Version whose text Rendered was made of. When it is another
	// one, a release saved the post that keeps no such number, and so rendered it by
	// other rules: a job renders it anew.
	RenderedVersion int
	Schedule        Schedule // of a post that is Scheduled; zero otherwise
}

// RenderingPosition is the place of a post among those whose rendering is outdated, see
// Reads.OutdatedRenderings; the zero value is before the first.
type RenderingPosition struct {
	Rendered bool // of the version that the post is at
	Renderer int
	ID       PostID
}

// RenderingPosition is the place of a post whose rendering is outdated.
func (s PostState) RenderingPosition() RenderingPosition {
	if s.RenderedVersion != s.Version {
		return RenderingPosition{ID: s.ID}
	}
	return RenderingPosition{Rendered: true, Renderer: s.Rendered.Renderer, ID: s.ID}
}

// Post is one piece of writing. Its state changes through its methods only. It remembers
// the state that it was loaded with, which a store writes the new one over.
type Post struct {
	s, loaded PostState
	autosaved bool
	joined    bool
}

// NewPost starts a draft of a post from a clean text.
func NewPost(id PostID, author identityport.UserID, t Text, r Rendered, now time.Time) *Post {
	return NewDraft(KindPost, id, author, t, r, now)
}

// NewDraft starts a draft of either kind from a clean text.
func NewDraft(k Kind, id PostID, author identityport.UserID, t Text, r Rendered, now time.Time) *Post {
	return RestorePost(PostState{
		ID: id, Author: author, Kind: k, Text: t, Rendered: r, Status: Draft,
		CreatedAt: now, UpdatedAt: now, Version: 1, TextVersion: 1, RenderedVersion: 1,
	})
}

// RestorePost is a post that was loaded in the state s; without a kind it is a post.
func RestorePost(s PostState) *Post {
	s.Kind = cmp.Or(s.Kind, KindPost)
	return &Post{s: s, loaded: s.clone()}
}

// State returns a copy of what the post is.
func (p *Post) State() PostState { return p.s.clone() }

// Loaded returns a copy of what the post was before it was changed.
func (p *Post) Loaded() PostState { return p.loaded.clone() }

func (s PostState) clone() PostState {
	s.Text.Tags = slices.Clone(s.Text.Tags)
	s.CoAuthors = slices.Clone(s.CoAuthors)
	return s
}

// Revise replaces the text. seen is the version that the editor started from:
// ErrPostChanged when somebody saved since.
func (p *Post) Revise(seen int, t Text, r Rendered, now time.Time) error {
	switch {
	case p.s.Status.Inactive():
		return ErrPostInactive
	case seen != p.s.Version:
		return ErrPostChanged
	}
	other := !p.s.Text.Equal(t)
	p.s.Text, p.s.Rendered, p.s.RenderedVersion = t, r, p.s.Version
	p.touch(now)
	if other {
		p.s.TextVersion = p.s.Version
	}
	return nil
}

// Autosave is Revise by the page that the text is written on, with nobody who pressed a button:
// ErrAutosavesDrafts for anything but a draft, whose text nobody but its editors reads.
func (p *Post) Autosave(seen int, t Text, r Rendered, now time.Time) error {
	if s := p.s.Status; s != Draft && !s.Inactive() {
		return ErrAutosavesDrafts
	}
	if !p.s.PublishedAt.IsZero() {
		t.Slug = p.s.Text.Slug // readers know it: each that a pause leaves behind would lead here for good
	}
	err := p.Revise(seen, t, r, now)
	p.autosaved = err == nil
	return err
}

// GoesOnFrom reports whether the text is that of a revision, written on: nothing was done to
// the post since that save, such as a publication, and no more than half of it was taken out.
func (p *Post) GoesOnFrom(revision int) bool {
	return p.loaded.Version == revision && 2*len(p.s.Text.Markdown) >= len(p.loaded.Text.Markdown)
}

// Autosaved reports whether the text was changed by Autosave since the post was loaded.
func (p *Post) Autosaved() bool { return p.autosaved }

// JoinRevision is told by the store that wrote the post whether its text took the place of the
// revision before, see Revision.FollowingAutosave.
func (p *Post) JoinRevision(joined bool) { p.joined = joined }

// JoinedRevision reports whether the text that was written is one more of the autosaves that an
// earlier revision stood for: what there is to say of that revision has been said.
func (p *Post) JoinedRevision() bool { return p.joined }

// Publish opens the post to its readers. A post that was published before keeps
// its first date, so that feeds do not show it as new.
func (p *Post) Publish(now time.Time) error {
	switch p.s.Status {
	case Published:
		return ErrAlreadyPublished
	case Archived, Trashed:
		return ErrPostInactive
	}
	p.publishAt(now)
	p.touch(now)
	return nil
}

func (p *Post) publishAt(at time.Time) {
	p.s.Status, p.s.Schedule = Published, Schedule{}
	if p.s.PublishedAt.IsZero() {
		p.s.PublishedAt = at
	}
}

// Unpublish makes the post a draft again.
func (p *Post) Unpublish(now time.Time) error {
	if p.s.Status != Published {
		return ErrNotPublished
	}
	p.s.Status = Draft
	p.touch(now)
	return nil
}

func (p *Post) touch(now time.Time) {
	if p.s.RenderedVersion == p.s.Version { // one that was outdated stays so
		p.s.RenderedVersion++
	}
	p.s.UpdatedAt = now
	p.s.Version++
}

// Revision is one save of a post's text, kept for good unless it was an autosave, see
// FollowingAutosave. Number is the post's version after the save: its TextVersion until the next.
type Revision struct {
	Post    PostID
	Number  int
	Editor  identityport.UserID
	Text    Text
	SavedAt time.Time
	// AutosavedFrom is the moment of the first of the autosaves that the revision stands for;
	// zero for what was saved by hand.
	AutosavedFrom time.Time
}

// AutosaveWindow is how long the autosaves of one person to one post make one revision.
const AutosaveWindow = 10 * time.Minute

// FollowingAutosave makes the revision one that the page saved by itself, after the revision
// last, and reports whether it takes the place of that one. It does when last was an autosave,
// too, of the same person, and the first of those that it stands for is less than AutosaveWindow
// ago. What was saved by hand is never replaced.
func (r Revision) FollowingAutosave(last Revision) (_ Revision, replaces bool) {
	r.AutosavedFrom = r.SavedAt
	from := last.AutosavedFrom
	if from.IsZero() || last.Post != r.Post || last.Editor != r.Editor || r.SavedAt.Sub(from) >= AutosaveWindow {
		return r, false
	}
	r.AutosavedFrom = from
	return r, true
}
