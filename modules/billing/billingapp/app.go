// Package billingapp is what people, programs and payment providers can do with
// billing: see plans, start a checkout, hear of payments, ask what somebody is
// entitled to.
//
// It promises that a payment provider is never called inside a transaction, that
// an event of a provider takes effect once however often and in whatever order it
// comes, and that what an organization is entitled to is decided against the clock
// at every question.
package billingapp

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// Deps is what the use cases need. A nil Gateway means that no payment provider is
// set up: everything works but buying. BaseURL is the site's origin,
// for the provider's way back.
type Deps struct {
	UnitOfWork billing.UnitOfWork
	Reads      billing.Reads
	Gateway    billing.PaymentGateway `deps:"optional"`
	People     identityport.Directory
	Mail       mail.Sender
	Templates  *mailtemplate.Templates // of [Mails]
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator
	BaseURL    string
	// KeepWebhooks is how long providers' events are kept; zero is for ever.
	KeepWebhooks time.Duration `deps:"optional"`
	// WebhookEnded, where it is not nil, is called for each of the providers' events with
	// what became of it, after that is committed; for one that waited once more.
	WebhookEnded func(billing.WebhookState) `deps:"optional"`
}

// App is the use cases of billing.
type App struct {
	work      billing.UnitOfWork
	reads     billing.Reads
	gateway   billing.PaymentGateway
	people    identityport.Directory
	mail      mail.Sender
	templates *mailtemplate.Templates
	cache     cache.Cache
	clock     clock.Clock
	ids       idgen.Generator
	baseURL   string
	holders   *holders

	keepWebhooks time.Duration
	webhookEnded func(billing.WebhookState)
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("billingapp", d); err != nil {
		return nil, err
	}
	if u, err := url.Parse(d.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("billingapp: BaseURL must be an absolute http(s) URL")
	}
	if d.WebhookEnded == nil {
		d.WebhookEnded = func(billing.WebhookState) {}
	}
	return &App{
		work: d.UnitOfWork, reads: d.Reads, gateway: d.Gateway, people: d.People, mail: d.Mail, templates: d.Templates,
		cache: d.Cache, clock: d.Clock, ids: d.IDs,
		baseURL: strings.TrimRight(d.BaseURL, "/"),
		holders: newHolders(d.IDs.New()), keepWebhooks: d.KeepWebhooks, webhookEnded: d.WebhookEnded,
	}, nil
}
