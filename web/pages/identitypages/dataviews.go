package identitypages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Archive is one export of somebody's data.
type Archive struct {
	State     string // "running", "ready", "failed"
	Done      int
	Total     int
	Size      int64
	CreatedAt time.Time
	ExpiresAt time.Time
	URL       string // of the file; empty while there is none
}

// Consent is a text and somebody's word on it.
type Consent struct {
	Kind    string
	Title   string
	Summary string
	TextURL string // empty: there is none to read
	Needed  bool
	Given   bool
	Current bool      // what was agreed to is the text of today
	At      time.Time // zero: never asked
}

// DataView is what one can do with one's own data. The forms post to
// /account/data/export, /account/data/consents (kind, given) and /account/data/keep.
type DataView struct {
	layout.Page
	Archives []Archive
	Consents []Consent
	EraseAt  time.Time // zero: the account stays
}

// DeleteView asks once more before an account is deleted. The form posts to
// /account/data/delete: email.
type DeleteView struct {
	layout.Page
	Email    string
	Typed    string
	EraseAt  time.Time // when the account would end
	Obstacle string    // why it cannot be deleted now; empty: it can
	// Organizations lead to those that the obstacle is about.
	Organizations []Link
	Errors        layout.FieldErrors
}
