package errortracking

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// State is what somebody decided about a group.
type State string

// The states. A resolved group that is seen again in another release is open again; an
// ignored one is counted and stays as it is.
const (
	Open     State = "open"
	Resolved State = "resolved"
	Ignored  State = "ignored"
)

// States are all of them, as lists name them.
var States = []State{Open, Resolved, Ignored}

// The errors of groups.
var (
	ErrGroupNotFound = fault.New(fault.NotFound, "errors.group_not_found", "There is no such group of errors any more: those not seen for long are deleted.")
	ErrUnknownFilter = fault.New(fault.Invalid, "errors.unknown_filter", "Errors are of the kinds request, job, panic and island, and open, resolved or ignored.")
)

// Group is failures that are alike.
type Group struct {
	ID              string // its fingerprint
	Kind            Kind
	Title           string
	Where           string // the route or the kind of job
	Sample          Report // the last
	Times           int64
	FirstRelease    string
	LastRelease     string
	FirstSeen       time.Time
	LastSeen        time.Time
	State           State
	ResolvedRelease string // the one it was last seen in when it was resolved
	Returned        bool   // it was seen again after that, in LastRelease or before it
}

// Filter chooses groups.
type Filter struct {
	State State
	Kind  Kind // empty: all
}

// Check refuses what no group can be.
func (f Filter) Check() error {
	known := f.Kind == ""
	for _, k := range Kinds {
		known = known || f.Kind == k
	}
	state := false
	for _, s := range States {
		state = state || f.State == s
	}
	if !known || !state {
		return ErrUnknownFilter
	}
	return nil
}

// Reads shows groups. Who may see them is for the caller to check.
type Reads interface {
	// Groups lists up to limit, the last seen first, after a position.
	Groups(ctx context.Context, f Filter, after cursor.Position, limit int) ([]Group, error)
	// Group returns one; ErrGroupNotFound.
	Group(ctx context.Context, id string) (Group, error)
	// OpenGroups counts those that are open.
	OpenGroups(ctx context.Context) (int, error)
}

// Changes changes groups in a transaction.
type Changes interface {
	// SetState decides about a group, which it returns as it was; ErrGroupNotFound.
	SetState(ctx context.Context, id string, s State) (Group, error)
}
