package content

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Bounds of what is told of a post.
const (
	MaxDetailTitle       = 200  // characters
	MaxDetailDescription = 500  // characters
	MaxCanonical         = 2000 // bytes
)

// PostDetails is what search engines and other sites are told of a post in place of what
// its page says. Each text is plain; an empty one leaves it at what the page says.
type PostDetails struct {
	SEOTitle          string
	SEODescription    string
	SocialTitle       string // empty: SEOTitle
	SocialDescription string // empty: SEODescription
	Canonical         string // an https address where the text is at home; empty: here
	NoIndex           bool   // search engines are asked to leave it out
	Cover             CoverChoice
	Version           int // counts changes, from 1; 0: it was never changed
	UpdatedAt         time.Time
}

// Clean trims the texts. It fails with ErrInvalidDetails, naming each faulty field as the
// API spells it.
func (d PostDetails) Clean() (PostDetails, error) {
	var faults []fault.Field
	line := func(name string, text *string, most int) {
		*text = strings.TrimSpace(textform.Plain(*text))
		if utf8.RuneCountInString(*text) > most || strings.ContainsFunc(*text, unicode.IsControl) || !utf8.ValidString(*text) {
			message := "At most 200 characters, on one line."
			if most == MaxDetailDescription {
				message = "At most 500 characters, on one line."
			}
			faults = append(faults, fault.Field{Name: name, Message: message})
		}
	}
	line("seo_title", &d.SEOTitle, MaxDetailTitle)
	line("seo_description", &d.SEODescription, MaxDetailDescription)
	line("social_title", &d.SocialTitle, MaxDetailTitle)
	line("social_description", &d.SocialDescription, MaxDetailDescription)
	line("cover_caption", &d.Cover.Caption, MaxCoverCaption)
	faults = append(faults, d.Cover.clean()...)
	d.Canonical = strings.TrimSpace(d.Canonical)
	if d.Canonical != "" && !isCanonical(d.Canonical) {
		faults = append(faults, fault.Field{Name: "canonical_url", Message: "Write a whole address that begins with https://, such as https://example.com/a-post."})
	}
	if len(faults) > 0 {
		return PostDetails{}, ErrInvalidDetails.WithFields(faults...)
	}
	return d, nil
}

// isCanonical reports whether s is an address of the web that a page can name as its home:
// https, with a host, and without a person's name, a password or a fragment.
func isCanonical(s string) bool {
	if len(s) > MaxCanonical || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"\\^`{|}", r)
	}) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Fragment == "" && !strings.HasSuffix(s, "#")
}

// Same reports whether both say the same.
func (d PostDetails) Same(other PostDetails) bool {
	d.Version, d.UpdatedAt, other.Version, other.UpdatedAt = 0, time.Time{}, 0, time.Time{}
	return d == other
}

// Details keeps them; they go with their post.
type Details interface {
	// Put writes those of a post over version seen of them, 0 for the first; ErrDetailsChanged
	// when that is not the current one, ErrPostNotFound, and ErrCoverNotFound when its cover is
	// no picture of the library. The post must be at the version that was loaded, and stays so
	// until the transaction ends: ErrPostChanged.
	Put(ctx context.Context, loaded PostState, d PostDetails, seen int) error
}

// DetailReads is what is asked of them outside a transaction.
type DetailReads interface {
	// PostDetails returns those of a post; the zero value where there are none.
	PostDetails(ctx context.Context, id PostID) (PostDetails, error)
}
