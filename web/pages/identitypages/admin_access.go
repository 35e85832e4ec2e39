package identitypages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// AccessView asks why somebody may do something, and has the answer.
type AccessView struct {
	layout.Page
	Person   string // as typed
	Resource string // as typed
	Chosen   string // "post edit"
	Actions  []RoleOption
	Wrong    string        // why there is no answer; empty: none was asked for, or there is one
	Answer   *AccessAnswer // nil: none was asked for
}

// AccessAnswer is whether somebody may do something, and why.
type AccessAnswer struct {
	Who      string
	WhoURL   string // empty: a visitor
	Action   string // "edit a post"
	Title    string // "the post “Iron”"
	URL      string // of the resource; empty: it has no page
	Allowed  bool
	Rules    []AccessRule
	AuditURL string
}

// may says what the answer is about.
func (a AccessAnswer) may() string {
	if a.Allowed {
		return " may " + a.Action + ": "
	}
	return " may not " + a.Action + ": "
}

// AccessRule is one rule that was looked at.
type AccessRule struct {
	Text    string
	Holds   bool
	Forbids bool
	Until   time.Time
}

// note says what follows from a rule.
func (r AccessRule) note() string {
	switch {
	case r.Forbids && r.Holds:
		return "needed, and so"
	case r.Forbids:
		return "needed: without it nothing else counts"
	case r.Holds:
		return "a reason to allow it"
	}
	return "would be a reason to allow it"
}
