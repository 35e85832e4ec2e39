package content

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Bounds of a review.
const (
	MaxReviewNote  = 2000 // characters
	MaxReviewSteps = 500  // of one post, by which its first author may ask; what ends it is kept all the same
	// MaxReviewStepsOfOthers is the same for everybody else who may edit it: they leave some to the author.
	MaxReviewStepsOfOthers = 400
)

// ReviewState is where the review of a post stands.
type ReviewState string

// The states. After the last two there is no review until somebody asks again.
const (
	NoReview        ReviewState = ""
	ReviewAsked     ReviewState = "asked"
	ReviewApproved  ReviewState = "approved"
	ReviewSentBack  ReviewState = "sent_back"
	ReviewPublished ReviewState = "published" // ended, as the text was published
	ReviewEnded     ReviewState = "ended"     // ended, as the post was put away or its changes were discarded
)

// Open reports whether a review goes on or was decided, and the text still waits to be
// published.
func (s ReviewState) Open() bool {
	return s == ReviewAsked || s == ReviewApproved || s == ReviewSentBack
}

// ReviewStep is one step of the review of a post; the last one says where it stands.
type ReviewStep struct {
	Post   PostID
	Number int // counts the steps of a post, from 1
	State  ReviewState
	By     identityport.UserID // empty once they are erased, and where a schedule published the post
	At     time.Time
	Note   string
	// Text is the version of the text that it is about, see TextUnderReview.
	Text int
}

// Review is the review of a post: where it stands, and the text that waits to be published.
type Review struct {
	Steps []ReviewStep // the oldest first
	Text  int          // the version of the text as it is now; 0: nothing waits to be published
}

// Last is the step that says where the review stands; the zero value where nobody asked yet.
func (r Review) Last() ReviewStep {
	if len(r.Steps) == 0 {
		return ReviewStep{}
	}
	return r.Steps[len(r.Steps)-1]
}

// State is where the review stands.
func (r Review) State() ReviewState {
	if s := r.Last().State; s.Open() {
		return s
	}
	return NoReview
}

// Changed reports whether the text was changed since the last step: what was approved is not
// what would be published.
func (r Review) Changed() bool { return r.State() != NoReview && r.Last().Text != r.Text }

// TextUnderReview names the text of a post that waits to be published: the save of its
// working copy, or the version of a draft's text. 0: there is none.
func TextUnderReview(p PostState, c WorkingCopy) int {
	switch {
	case p.Status.Inactive():
		return 0
	case p.Status == Published:
		return c.Save
	}
	return p.TextVersion
}

// CleanReviewNote trims a note. It fails with ErrInvalidReviewNote for one that is too long
// or no text, and, where it is needed, for none.
func CleanReviewNote(note string, needed bool) (string, error) {
	note = strings.TrimSpace(strings.ReplaceAll(note, "\r\n", "\n"))
	fail := func(message string) error {
		return ErrInvalidReviewNote.WithFields(fault.Field{Name: "note", Message: message})
	}
	switch {
	case needed && note == "":
		return "", fail("Say what is to be changed.")
	case utf8.RuneCountInString(note) > MaxReviewNote:
		return "", fail("Write at most 2,000 characters.")
	case !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", fail("Write plain text, without control characters.")
	}
	return note, nil
}

// Reviews keeps the steps of reviews; they go with their post.
type Reviews interface {
	// Append writes a step behind the one before it, about the text that waits to be published;
	// ErrReviewChanged when that step is not the last, ErrPostChanged when by now another text
	// waits, or none, ErrPostNotFound. The text stays as it is until the transaction ends.
	Append(ctx context.Context, s ReviewStep) error
	// End appends a step that ends the review of a post, if one is open, and answers whether
	// it did. Its number and its text are those that follow. The post was written in the same
	// transaction, or is held.
	End(ctx context.Context, s ReviewStep) (bool, error)
	// Hold has whoever asks at the same moment wait until the transaction ends, or be seen to
	// have asked: for what takes the text away and does not write the post. ErrPostNotFound.
	Hold(ctx context.Context, post PostID) error
	// Anonymize takes what somebody wrote from the steps, and who they are.
	Anonymize(ctx context.Context, user identityport.UserID) error
}

// ReviewReads is what is asked of them outside a transaction.
type ReviewReads interface {
	// ReviewSteps lists those of a post, the oldest first.
	ReviewSteps(ctx context.Context, post PostID) ([]ReviewStep, error)
	// WaitingForReview lists up to limit posts whose review was asked and not decided, those
	// that wait longest first; of one author, or of everybody.
	WaitingForReview(ctx context.Context, author identityport.UserID, limit int) ([]PostID, error)
	// ReviewStepsBy lists up to limit steps by somebody, by post and number, behind one.
	ReviewStepsBy(ctx context.Context, user identityport.UserID, after ReviewStep, limit int) ([]ReviewStep, error)
}
