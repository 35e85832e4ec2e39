package billingapp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// webhookJob is the payload of the job that applies an event.
type webhookJob struct {
	Provider string `json:"provider"`
	EventID  string `json:"event_id"`
}

// ReceiveWebhook keeps an event of a payment provider and has it applied later. It
// returns nil for one that was received before. It fails with
// billing.ErrProviderUnknown, ErrWebhookSignature and ErrWebhookMalformed.
func (a *App) ReceiveWebhook(ctx context.Context, provider string, header map[string][]string, body []byte) error {
	if a.gateway == nil || provider != a.gateway.Name() {
		return billing.ErrProviderUnknown
	}
	eventID, err := a.gateway.Authenticate(header, body)
	if err != nil {
		return err
	}
	// An event that cannot be read is refused here, where its sender learns of it,
	// and not in a job that would fail for ever.
	event, err := a.gateway.Parse(body)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(webhookJob{Provider: provider, EventID: eventID})
	if err != nil {
		return fmt.Errorf("receive webhook %s: %w", eventID, err)
	}
	err = a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		first, err := s.Webhooks.Receive(ctx, billing.Webhook{
			Provider: provider, EventID: eventID, Body: body, ReceivedAt: a.clock.Now(),
			Kind: event.Kind, Checkout: event.Checkout, Subscription: event.Subscription, State: billing.WebhookReceived,
		})
		if err != nil || !first {
			return err
		}
		return s.Jobs.Enqueue(ctx, jobs.Job{
			Kind: applyWebhookJob, Payload: payload, Unique: provider + ":" + eventID,
		})
	})
	if err != nil {
		return fmt.Errorf("receive webhook %s of %s: %w", eventID, provider, err)
	}
	return nil
}
