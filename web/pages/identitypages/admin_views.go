package identitypages

import (
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// OverviewView leads to the pages of administration.
type OverviewView struct {
	layout.Page
	Cards []OverviewCard
}

// OverviewCard is one of them.
type OverviewCard struct {
	Label  string
	URL    string
	Note   string // what the page is for; may be empty
	Figure OverviewFigure
}

// OverviewFigure is what matters of a page, at a glance. The zero value is none.
type OverviewFigure struct {
	State FigureState
	Words string
	At    time.Time // of when it is; zero: of now
}

// FigureState says how a figure is meant.
type FigureState uint8

// The states. The zero value is that of no figure.
const (
	FigureNeutral FigureState = iota + 1
	FigureGood
	FigureOpen // somebody should look
	FigureUnread
)

// summary is the overview in a sentence or two: what somebody should look at, and how much
// could not be read.
func (v OverviewView) summary() string {
	var open []string
	unread := 0
	for _, c := range v.Cards {
		switch c.Figure.State {
		case FigureOpen:
			open = append(open, c.Label)
		case FigureUnread:
			unread++
		}
	}
	said := "Nothing is open."
	switch {
	case len(open) > 0:
		said = count(len(open), "page wants a look: ", "pages want a look: ") + strings.Join(open, ", ") + "."
	case unread > 0:
		said = "Nothing is open as far as can be told."
	}
	if unread > 0 {
		said += " " + count(unread, "figure could not be read.", "figures could not be read.")
	}
	return said
}

// words are those of a figure.
func (f OverviewFigure) words() string {
	if f.State == FigureUnread {
		return "Could not be read"
	}
	return f.Words
}

// class is how a figure looks.
func (f OverviewFigure) class() string {
	switch f.State {
	case FigureGood:
		return "state state--on"
	case FigureOpen:
		return "state state--bad"
	}
	return "state"
}

// PersonRow is somebody in the list of people.
type PersonRow struct {
	Name      string
	Email     string
	Role      string
	State     string // "active", "suspended", "unverified", "leaving"
	CreatedAt time.Time
	URL       string
}

// PeopleView is the list of people. Its form asks for q, role, state.
type PeopleView struct {
	layout.Page
	Search    string
	Role      string
	State     string
	Roles     []RoleChoice // to narrow by
	People    []PersonRow
	OlderURL  string // empty: this is the last page
	NewestURL string // empty: this is the first
}

// RoleChoice is a role that somebody can have.
type RoleChoice struct{ Name, Label string }

// PersonMembership is a place in an organization.
type PersonMembership struct {
	ID       string
	Role     string
	Personal bool
	Since    time.Time
}

// PersonView is somebody's account as administrators see it. Its forms post to
// Path followed by what they do.
type PersonView struct {
	layout.Page
	Errors           layout.FieldErrors // name, reason; "" is about another form
	TypedName        string             // keeps what was typed
	Reason           string             // keeps what was typed
	ID               string
	Path             string
	Name             string
	Email            string
	EmailVerified    bool
	Role             string
	Roles            []RoleChoice
	State            string
	CreatedAt        time.Time
	SuspendedAt      time.Time
	EraseAt          time.Time
	HasPassword      bool
	AuthenticatorApp bool
	RecoveryCodes    int
	Passkeys         int
	Identities       []Identity
	Sessions         []SignIn
	Organizations    []PersonMembership
	Recent           []AuditRow
	Own              bool // the administrator's own account: nothing to do here
	MayImpersonate   bool
	MayReadAudit     bool
	MayAssignRoles   bool
	AuditURL         string
	AccessURL        string // asks why they may do something
}

// ErasePersonView asks once more before somebody is erased.
type ErasePersonView struct {
	layout.Page
	Name  string
	Email string
	Path  string
	Error string
}

// Who is a person or a thing that an entry names; without a URL it is gone, or
// never was a person.
type Who struct {
	Label string
	Note  string
	URL   string
}

// AuditRow is one entry of the trail.
type AuditRow struct {
	At           time.Time
	Actor        Who
	Impersonator Who // empty: the actor themselves
	Action       string
	Resource     Who
	Address      string
	Detail       string
	Times        int // 0 and 1: once
}

// AuditView is the audit trail. Its form asks for actor, action, resource, from, to.
type AuditView struct {
	layout.Page
	Actor        string
	Action       string
	Resource     string
	From         string
	To           string
	State        AuditState
	Entries      []AuditRow
	OlderURL     string
	NewestURL    string
	CSVURL       string
	JSONLinesURL string
}

// AuditState is how the seals of the trail stand.
type AuditState struct {
	LastSeal  int64     // 0: there is none
	SealedAt  time.Time // of the last seal
	CheckedAt time.Time // zero: not yet
	Fault     string    // empty when all was as sealed
}

// UndeliveredMailView is the list of refused mails.
type UndeliveredMailView struct {
	layout.Page
	Mails     []UndeliveredMailRow
	OlderURL  string
	NewestURL string
}

// UndeliveredMailRow is one refused mail.
type UndeliveredMailRow struct {
	To         string
	About      string
	Reason     string
	FailedAt   time.Time
	SendURL    string
	DismissURL string
}

// ServicesView is the list of services outside of the program.
type ServicesView struct {
	layout.Page
	Services []ServiceRow
}

// ServiceRow is one of them. State is "closed", "half_open" or "open".
type ServiceRow struct {
	Name       string
	State      string
	Since      time.Time
	RetryAt    time.Time
	AnsweredAt time.Time
	LastError  string
	FailedAt   time.Time
	Answered   uint64
	Failed     uint64
	Refused    uint64
}

// uncalled says that nobody knows how the service is.
func (s ServiceRow) uncalled() bool { return s.AnsweredAt.IsZero() && s.FailedAt.IsZero() }

// JobsView is the job queues and the jobs that used up their attempts. Its form asks for
// kind.
type JobsView struct {
	layout.Page
	Queues    []QueueRow
	Stuck     int
	Kinds     []KindChoice // of the dead jobs
	Kind      string       // narrowed to; empty: all
	Dead      []DeadJobRow
	OlderURL  string
	NewestURL string
}

// QueueRow is how one queue fares.
type QueueRow struct {
	Name      string
	Waiting   int
	Oldest    time.Duration
	Running   int
	Retrying  int
	Scheduled int
}

// KindChoice is a kind of which jobs are dead.
type KindChoice struct {
	Kind  string
	Count int
}

// DeadJobRow is one dead job.
type DeadJobRow struct {
	ID         string
	Kind       string
	Queue      string
	Arguments  string
	Reason     string
	Attempts   int
	Request    string
	DiedAt     time.Time
	RetryURL   string
	DiscardURL string
}

// waited is for how long a job has waited; a dash where none does.
func waited(q QueueRow) string {
	d := q.Oldest.Round(time.Second)
	switch {
	case q.Waiting == 0:
		return "–"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min"
	}
	return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
}

// stateNames are the states of accounts, as people read them.
var stateNames = []RoleChoice{
	{"active", "Active"}, {"suspended", "Suspended"}, {"unverified", "Not verified"}, {"leaving", "Leaving"}, {"overdue", "Deletion overdue"},
	{"no_second_factor", "No second factor"},
}

func stateName(state string) string {
	for _, s := range stateNames {
		if s.Name == state {
			return s.Label
		}
	}
	return state
}

func stateClass(state string) string {
	switch state {
	case "active":
		return "state--on"
	case "suspended":
		return "state--bad"
	}
	return ""
}

// roleLabel is how a role is called in the lists given, or as it is.
func roleLabel(role string, given []RoleChoice) string {
	for _, r := range rolesOr(given) {
		if r.Name == role {
			return r.Label
		}
	}
	return role
}

// builtInRoles stand in the list when no others are given.
var builtInRoles = []RoleChoice{{"member", "Member"}, {"author", "Author"}, {"administrator", "Administrator"}}

func rolesOr(given []RoleChoice) []RoleChoice {
	if len(given) == 0 {
		return builtInRoles
	}
	return given
}

// typedName is what was typed, or the name that the person has.
func (v PersonView) typedName() string {
	if v.TypedName != "" {
		return v.TypedName
	}
	return v.Name
}

func (v PersonView) factors() string {
	var all []string
	if v.AuthenticatorApp {
		all = append(all, "authenticator app, "+count(v.RecoveryCodes, "recovery code", "recovery codes")+" left")
	}
	if v.Passkeys > 0 {
		all = append(all, count(v.Passkeys, "passkey", "passkeys"))
	}
	switch len(all) {
	case 0:
		return "None"
	case 1:
		return all[0]
	}
	return all[0] + "; " + all[1]
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// exact is a moment in the form that a trail is compared by: to the second, in UTC.
func exact(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// ErrorsView is the list of defects. Its form asks for state and kind.
type ErrorsView struct {
	layout.Page
	Open          int // groups that nobody has decided about
	State, Kind   string
	States, Kinds []string
	Groups        []ErrorRow
	OlderURL      string
	NewestURL     string
}

// ErrorRow is defects that are alike.
type ErrorRow struct {
	URL                       string
	Kind, Title, Where        string
	Times                     int64
	State                     string
	Returned                  bool
	FirstSeen, LastSeen       time.Time
	FirstRelease, LastRelease string
}

// ErrorView is one group of defects, with the last report.
type ErrorView struct {
	layout.Page
	ErrorRow
	Message            string
	Types              []string
	Frames             []ErrorFrame
	RequestID, TraceID string
}

// ErrorFrame is a call that was under way.
type ErrorFrame struct {
	Function string
	File     string
	Line     int
	InApp    bool
}

// line is where in its file a call was.
func (f ErrorFrame) line() string {
	if f.Line == 0 {
		return f.File
	}
	return f.File + ":" + strconv.Itoa(f.Line)
}

// times says how often a group was seen.
func (r ErrorRow) times() string {
	if r.Times == 1 {
		return "once"
	}
	return strconv.FormatInt(r.Times, 10) + " times"
}
