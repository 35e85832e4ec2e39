// Package billingstore keeps billing's tables: plans and prices, accounts,
// checkouts, subscriptions, and the inbox of payment providers' webhooks.
//
// It promises what billing's ports say, which billingtest checks on SQLite and on
// Postgres; in particular that an organization has one account and an account one
// live subscription, which unique indices hold against any number of replicas.
package billingstore

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

// Store is billing's unit of work and its reads.
type Store struct {
	db     *entstore.DB
	reads  *billingent.Client
	outbox *eventstore.Store
}

var (
	_ billing.UnitOfWork = (*Store)(nil)
	_ billing.Reads      = (*Store)(nil)
)

// New makes the store; outbox is what its transactions write events to.
func New(db *entstore.DB, outbox *eventstore.Store) (*Store, error) {
	if db == nil || outbox == nil {
		return nil, errors.New("billingstore: the database or the event store is missing")
	}
	return &Store{db: db, reads: billingent.NewClient(billingent.Driver(db.Reads())), outbox: outbox}, nil
}

// Do implements billing.UnitOfWork.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, st billing.Stores) error) error {
	return s.db.Do(ctx, func(ctx context.Context, t entstore.Tx) error {
		tx := on(t)
		return fn(ctx, billing.Stores{
			Plans:         plans{tx},
			Accounts:      accounts{tx},
			Checkouts:     checkouts{tx},
			Subscriptions: subscriptions{tx},
			Webhooks:      webhooks{tx},
			Refunds:       refunds{tx},
			Audit:         s.outbox.Audit(t),
			Events:        s.outbox.Writer(t),
			Inbox:         s.outbox.Inbox(t),
			Jobs:          s.outbox.Jobs(t),
		})
	})
}

// alternatives is how many rows one statement names by more than their id: SQLite takes no
// expression of more than a thousand terms.
const alternatives = 500

// What a missing row and a broken index mean here.
var (
	priceRules  = entstore.Rules{Absent: billing.ErrPriceNotFound}
	refundRules = entstore.Rules{
		Absent:  billing.ErrRefundNotFound,
		Indexes: billingent.UniqueIndexes, Unique: map[string]error{"billing_refunds_subscription": billing.ErrSubscriptionChanged}, // asked for at the same moment
	}
	accountRules  = entstore.Rules{Absent: billing.ErrAccountNotFound}
	checkoutRules = entstore.Rules{
		Absent:  billing.ErrCheckoutNotFound,
		Indexes: billingent.UniqueIndexes, Unique: map[string]error{
			"billing_checkouts_key":  billing.ErrKeyInFlight,
			"billing_checkouts_open": billing.ErrCheckoutChanged,
		},
	}
	subscriptionRules = entstore.Rules{
		Absent:  billing.ErrSubscriptionNotFound,
		Indexes: billingent.UniqueIndexes, Unique: map[string]error{
			"billing_subscriptions_live": billing.ErrAlreadySubscribed,
			// One payment was about to make two subscriptions.
			"billing_subscriptions_ref": billing.ErrAlreadySubscribed,
		},
	}
	noRules = entstore.Rules{}
)
