// Package billing is the language of the billing context: what is sold, who has
// bought it, and what they may use because of it.
//
// It owns plans and prices, billing accounts, checkouts, subscriptions, and the
// inbox of payment providers' webhooks. It promises that a provider's event takes
// effect once, whatever the order and number of its deliveries; that one checkout
// makes at most one subscription; that an organization has at most one live
// subscription; and that amounts are whole minor units of one currency. The use
// cases are in billingapp; the contract of the ports declared here is in
// billingtest.
package billing
