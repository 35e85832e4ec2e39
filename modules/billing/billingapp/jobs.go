package billingapp

import (
	"time"

	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// The kinds of jobs.
const (
	applyWebhookJob = "billing.apply_webhook"
	applyWaitingJob = "billing.apply_waiting"
	expireJob       = "billing.expire_checkout"
	refundJob       = "billing.refund"
	retryRefundsJob = "billing.retry_refunds"
	endDueJob       = "billing.end_due"
	mailReceiptJob  = "billing.mail_receipt"
	pruneJob        = "billing.prune_webhooks"
)

// The names under which the subscribers' inboxes are kept.
const (
	openAccount   = "billing.open_account"
	closeAccounts = "billing.close_accounts"
	closeAccount  = "billing.close_account"
	sendReceipt   = "billing.send_receipt"
)

// JobHandlers returns the work that billing does later.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: applyWebhookJob, Urgent: true, Run: a.applyWebhook},
		{Kind: applyWaitingJob, Urgent: true, Run: a.applyWaiting, Timeout: 5 * time.Minute},
		{Kind: expireJob, Queue: jobs.OutsideQueue, Run: a.expireAtProvider},
		{Kind: refundJob, Queue: jobs.OutsideQueue, Run: a.runRefund},
		{Kind: retryRefundsJob, Run: a.retryRefunds},
		{Kind: endDueJob, Run: a.endDue, Timeout: 5 * time.Minute},
		{Kind: pruneJob, Queue: jobs.LongQueue, Run: a.pruneWebhooks, Timeout: 10 * time.Minute},
		{Kind: mailReceiptJob, Queue: jobs.MailQueue, Run: a.mailReceipt},
	}
}

// Schedules returns the work that billing does every so often.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{
		{Kind: endDueJob, Every: 10 * time.Minute},
		{Kind: applyWaitingJob, Every: time.Minute},
		{Kind: retryRefundsJob, Every: 10 * time.Minute},
		{Kind: pruneJob, Every: time.Hour},
	}
}

// Subscribers returns what billing does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	activated := billingport.SubscriptionActivated{}.EventName()
	return []events.Subscriber{
		{Name: openAccount, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
		{Name: closeAccounts, Event: identityport.UserErased{}.EventName(), Handle: a.onUserErased},
		{Name: closeAccount, Event: identityport.OrganizationDeleted{}.EventName(), Handle: a.onOrganizationDeleted},
		{Name: sendReceipt, Event: activated, Handle: a.onActivatedSendReceipt},
	}
}
