package retention

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Sessions      identity.Sessions
	RefreshTokens identity.RefreshTokens
	Flows         identity.OAuthFlows
	MailTokens    identity.MailTokens
	PendingEmails identity.PendingEmails
	Exports       identity.DataExports
	Challenges    identity.Challenges
	Invitations   identity.Invitations
	SigningKeys   identity.SigningKeys
	Tokens        identity.PersonalTokens
	MailFailures  mail.FailureChanges
	Grants        identity.ResourceGrants
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Sessions:      all.Sessions,
		RefreshTokens: all.RefreshTokens,
		Flows:         all.Flows,
		MailTokens:    all.MailTokens,
		PendingEmails: all.PendingEmails,
		Exports:       all.Exports,
		Challenges:    all.Challenges,
		Invitations:   all.Invitations,
		SigningKeys:   all.SigningKeys,
		Tokens:        all.Tokens,
		MailFailures:  all.MailFailures,
		Grants:        all.Grants,
	}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}
