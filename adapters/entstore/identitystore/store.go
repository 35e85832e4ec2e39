// Package identitystore keeps identity's tables: people, passwords, external
// identities, sessions, refresh tokens, sign-ins under way, organizations.
//
// It promises what identity's ports say, which identitytest checks on SQLite and
// on Postgres; in particular that a token is redeemed once, and a flow taken once,
// however many ask at the same moment.
package identitystore

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Store is identity's unit of work and its reads.
type Store struct {
	db    *entstore.DB
	reads *identityent.Client
	box   *eventstore.Store
	seen  *errorstore.Store
}

var (
	_ identity.UnitOfWork = (*Store)(nil)
	_ identity.Reads      = (*Store)(nil)
)

// New makes the store; box is what its transactions write events to.
func New(db *entstore.DB, box *eventstore.Store) (*Store, error) {
	if db == nil || box == nil {
		return nil, errors.New("identitystore: the database or the event store is missing")
	}
	seen, err := errorstore.New(db)
	if err != nil {
		return nil, err
	}
	return &Store{db: db, reads: identityent.NewClient(identityent.Driver(db.Reads())), box: box, seen: seen}, nil
}

// Do implements identity.UnitOfWork.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, st identity.Stores) error) error {
	return s.db.Do(ctx, func(ctx context.Context, t entstore.Tx) error {
		tx := on(t)
		return fn(ctx, identity.Stores{
			Users:         users{tx},
			Credentials:   credentials{tx},
			Identities:    identities{tx},
			Sessions:      sessions{tx},
			RefreshTokens: refreshTokens{tx},
			Flows:         flows{tx},
			MailTokens:    mailTokens{tx},
			PendingEmails: pendingEmails{tx},
			Organizations: organizations{tx},
			Avatars:       avatars{tx},
			Exports:       dataExports{tx},
			Deletions:     deletions{tx},
			Consents:      consents{tx},
			TOTPs:         totps{tx},
			RecoveryCodes: recoveryCodes{tx},
			Passkeys:      passkeys{tx},
			Challenges:    challenges{tx},
			Invitations:   invitations{tx},
			Roles:         roles{tx},
			Grants:        grants{tx},
			SigningKeys:   signingKeys{tx},
			Tokens:        personalTokens{tx},
			Audit:         s.box.Audit(t),
			Events:        s.box.Writer(t),
			Log:           s.box.Log(t),
			Inbox:         s.box.Inbox(t),
			Jobs:          s.box.Jobs(t),
			DeadJobs:      s.box.DeadJobs(t),
			MailFailures:  s.box.MailFailureChanges(t),
			ErrorGroups:   s.seen.Changes(t),
		})
	})
}

// What a missing row and a broken index mean here.
var (
	userRules = entstore.Rules{
		Absent:  identity.ErrUserNotFound,
		Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_users_email": identity.ErrEmailTaken},
	}
	identityRules     = entstore.Rules{Absent: identity.ErrIdentityNotFound, Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_external_subject": identity.ErrIdentityTaken}}
	personalRules     = entstore.Rules{Absent: identity.ErrTokenNotFound}
	sessionRules      = entstore.Rules{Absent: identity.ErrSessionNotFound}
	linkRules         = entstore.Rules{Absent: identity.ErrInvalidLink}
	flowRules         = entstore.Rules{Absent: identity.ErrFlowUnknown}
	tokenRules        = entstore.Rules{Absent: identity.ErrInvalidToken}
	organizationRules = entstore.Rules{Absent: identity.ErrOrganizationAbsent}
	noRules           = entstore.Rules{}
)
