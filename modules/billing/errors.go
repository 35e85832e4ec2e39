package billing

import "github.com/neoforge-dev/neoforge/ports/fault"

// What can go wrong, as callers see it.
var (
	ErrMayNotBuy            = fault.New(fault.Forbidden, "billing.may_not_buy", "Your role in this organization does not include buying. Ask an owner of it.")
	ErrPlanNotFound         = fault.New(fault.NotFound, "billing.plan_not_found", "There is no such plan.")
	ErrPriceNotFound        = fault.New(fault.NotFound, "billing.price_not_found", "There is no such price. Choose one from the list of plans.")
	ErrAccountNotFound      = fault.New(fault.NotFound, "billing.account_not_found", "There is no such billing account.")
	ErrCheckoutNotFound     = fault.New(fault.NotFound, "billing.checkout_not_found", "There is no such checkout.")
	ErrSubscriptionNotFound = fault.New(fault.NotFound, "billing.subscription_not_found", "There is no subscription.")
	ErrFreePlan             = fault.New(fault.Invalid, "billing.plan_is_free", "This plan costs nothing; there is nothing to pay.")
	ErrAlreadySubscribed    = fault.New(fault.Conflict, "billing.already_subscribed", "This organization has the plan already.")
	ErrSubscriptionChanged  = fault.New(fault.Outdated, "billing.subscription_changed", "The subscription was changed meanwhile. Try again.")
	ErrCheckoutChanged      = fault.New(fault.Outdated, "billing.checkout_changed", "The checkout was changed meanwhile. Try again.")
	ErrCheckoutExpired      = fault.New(fault.Conflict, "billing.checkout_expired", "Another checkout took the place of this one. Start again, with a new Idempotency-Key.")
	ErrPlanRunning          = fault.New(fault.Conflict, "billing.plan_running", "This organization has a plan in force. A plan cannot be changed yet: another can be bought when this one has ended.")
	ErrRefundNotFound       = fault.New(fault.NotFound, "billing.refund_not_found", "There is no such refund.")
	ErrNoTransition         = fault.New(fault.Conflict, "billing.no_transition", "That cannot happen to the subscription in its present state.")
	ErrNoProvider           = fault.New(fault.Unavailable, "billing.no_provider", "Payments are not set up on this server. Ask its operator.")
	ErrProviderUnknown      = fault.New(fault.NotFound, "billing.provider_unknown", "There is no such payment provider.")
	ErrInvalidPlan          = fault.New(fault.Invalid, "billing.invalid_plan", "The plan has faults; each is named beside its field.")
	ErrProviderAway         = fault.New(fault.Unavailable, "billing.provider_unavailable", "The payment provider does not answer at the moment. Nothing was charged; try again.")
	ErrWebhookSignature     = fault.New(fault.Unauthenticated, "billing.webhook_signature", "The webhook's signature is missing, wrong or too old.")
	ErrWebhookMalformed     = fault.New(fault.Invalid, "billing.webhook_malformed", "The webhook's body is not an event of this provider.")
	ErrKeyInFlight          = fault.New(fault.Conflict, "billing.idempotency_in_flight", "A request with this Idempotency-Key is under way. Wait for its answer.")
	ErrKeyReused            = fault.New(fault.Invalid, "billing.idempotency_key_reused", "This Idempotency-Key was used with another request. Use a new one.")
	ErrKeyInvalid           = fault.New(fault.Invalid, "billing.idempotency_key_invalid", "The Idempotency-Key must have 1 to 200 printable ASCII characters.")
)
