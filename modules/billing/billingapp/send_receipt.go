package billingapp

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// onActivatedSendReceipt has a receipt written for a payment.
//
// A mail cannot be part of a transaction, so it is sent at least once: recording
// the event and queueing the mail are one transaction, and the job that sends it
// runs until the mail was handed over, which it records. Only a crash between the
// server's answer and that record has it sent again, and a second receipt is a smaller
// evil than none.
func (a *App) onActivatedSendReceipt(ctx context.Context, e events.Event) error {
	p, err := events.Decode[billingport.SubscriptionActivated](e)
	if err != nil {
		return err
	}
	return a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, sendReceipt)
		if err != nil || !first || p.Amount == 0 {
			return err
		}
		return s.Jobs.Enqueue(ctx, jobs.Job{Kind: mailReceiptJob, Payload: e.Payload, Unique: p.SubscriptionID})
	})
}

// mailReceipt sends the mail to whoever owns the organization now.
func (a *App) mailReceipt(ctx context.Context, payload []byte) error {
	var p billingport.SubscriptionActivated
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("mail receipt: decode: %w", err)
	}
	to, err := a.people.BillingContact(ctx, p.OrganizationID)
	if fault.KindOf(err) == fault.NotFound {
		return nil // nobody is left to write to
	}
	if err != nil {
		return fmt.Errorf("mail receipt of subscription %s: %w", p.SubscriptionID, err)
	}
	message, err := a.receipt(to, p)
	if err != nil {
		return fmt.Errorf("write receipt of subscription %s: %w", p.SubscriptionID, err)
	}
	if err := a.mail.Send(ctx, message); err != nil {
		return fmt.Errorf("mail receipt of subscription %s: %w", p.SubscriptionID, err)
	}
	return nil
}

//go:embed mails
var mailFiles embed.FS

// Mails are the words of the mails that billing sends.
var Mails = mailtemplate.Source{Files: mailFiles, Folder: "mails"}

func (a *App) receipt(to identityport.Person, p billingport.SubscriptionActivated) (mail.Message, error) {
	return a.templates.Write(mailtemplate.DefaultLanguage, "receipt", to.Email, mailtemplate.Facts{
		Name: to.Name,
		Exact: map[string]string{ // an operator called the plan what it is called
			"plan":   p.PlanName,
			"amount": billing.Money{Amount: p.Amount, Currency: billing.Currency(p.Currency)}.String(),
			"until":  p.PeriodEnd.UTC().Format("2 January 2006"),
		},
	})
}
