package identity

import (
	"context"
	"time"
)

// PersonalData is what identity keeps about a person that nobody is shown any more, or
// never was: what has ended, what they set off, what is under way.
type PersonalData struct {
	Sessions       []Session // in whatever state, last seen first
	Impersonations []Session // of others, opened by this person
	Tokens         []PersonalToken
	UnusedLinks    []MailToken     // links that were not used, without what proves them
	InvitationsTo  []Invitation    // to their address, in whatever state
	InvitationsBy  []Invitation    // to others
	GrantsBy       []ResourceGrant // to others
	RecoveryCodes  RecoveryCodeCounts
}

// RecoveryCodeCounts counts a person's recovery codes.
type RecoveryCodeCounts struct {
	Unused, Used int
	MadeAt       time.Time // zero: there are none
}

// PersonalDataReads reads what is kept about a person, to give it to them.
type PersonalDataReads interface {
	// PersonalData returns it for a person of that id with that address; nothing for
	// somebody unknown.
	PersonalData(ctx context.Context, id UserID, email Email) (PersonalData, error)
}
