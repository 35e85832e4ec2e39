// Package mails is what identity writes to people: which mails there are, their
// words, the queue that they wait in, and the job that writes them and sends them.
//
// It promises that no secret lies in the queue: the room that a mail's link leads to
// makes its token when the mail is written (see [Prepare]).
package mails

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// JobKind names the job that writes a mail and sends it.
const JobKind = "identity.send_mail"

// Kind names a mail; the catalogs in catalogs/ have its words.
type Kind string

// The mails. ToNobody is not sent at all: it is queued where an answer must
// not tell whether there is somebody to write to.
const (
	ToNobody        Kind = "nobody"
	Welcome         Kind = "welcome"
	VerifyEmail     Kind = "verify_email"
	AccountExists   Kind = "account_exists"
	ResetPassword   Kind = "reset_password"
	PasswordChanged Kind = "password_changed"
	PasswordReset   Kind = "password_reset_done"
	ChangeEmail     Kind = "change_email"
	EmailInUse      Kind = "email_in_use"
	EmailChanging   Kind = "email_changing"
	EmailChanged    Kind = "email_changed"
	MagicLink       Kind = "magic_link"
	NewDevice       Kind = "new_device"
	TokenCreated    Kind = "token_created"

	IdentityLinked     Kind = "identity_linked"
	IdentityUnlinked   Kind = "identity_unlinked"
	TOTPEnabled        Kind = "totp_enabled"
	TOTPDisabled       Kind = "totp_disabled"
	RecoveryCodesMade  Kind = "recovery_codes_made"
	RecoveryCodeUsed   Kind = "recovery_code_used"
	PasskeyAdded       Kind = "passkey_added"
	PasskeyRemoved     Kind = "passkey_removed"
	SecondFactorsReset Kind = "second_factors_reset"
	SecondFactorNeeded Kind = "second_factor_needed"
	ExportReady        Kind = "export_ready"
	ExportFailed       Kind = "export_failed"
	DeletionAsked      Kind = "deletion_asked"
	DeletionSoon       Kind = "deletion_soon"
	DeletionDelayed    Kind = "deletion_delayed"
	Erased             Kind = "erased"
	Offer              Kind = "offer"
	GrantRevoked       Kind = "grant_revoked"
	MemberChanged      Kind = "member_changed"
	MemberRemoved      Kind = "member_removed"
	MembershipEnded    Kind = "membership_ended"

	// Invitation asks somebody to join an organization; its token is the invitation's own.
	Invitation Kind = "invitation"
)

// Purpose is what the link in a mail is good for; false for a mail without a
// token.
func (k Kind) Purpose() (identity.MailPurpose, bool) {
	switch k {
	case VerifyEmail:
		return identity.VerifyEmail, true
	case ResetPassword:
		return identity.ResetPassword, true
	case ChangeEmail:
		return identity.ChangeEmail, true
	case MagicLink:
		return identity.MagicLink, true
	}
	return "", false
}

// Mail is one mail to somebody. An empty To means the person's address when
// the mail is sent; Data is what the catalog's words name beside the person.
type Mail struct {
	Kind Kind              `json:"kind"`
	User identity.UserID   `json:"user_id,omitempty"`
	To   string            `json:"to,omitempty"`
	Data map[string]string `json:"data,omitempty"`
	// Registration names a token that nobody holds the secret of, by its hash in
	// hexadecimal: the mail's token takes its password and name over.
	Registration string `json:"registration,omitempty"`
	// Epoch is the person's LinksEpoch when they asked for a link: none is made once
	// that has changed.
	Epoch int `json:"epoch,omitempty"`
	// Browser is the hash, in hexadecimal, of the secret of the browser that may type the
	// mail's code.
	Browser string `json:"browser,omitempty"`
	// Pending names the wish for another address that a link confirms.
	Pending string `json:"pending,omitempty"`
}

// Post queues mails in the transaction of queue. The job makes a mail's token when it
// writes the mail, so no secret lies in the queue.
func Post(ctx context.Context, queue jobs.Enqueuer, all ...Mail) error {
	if len(all) == 0 {
		return nil
	}
	queued := make([]jobs.Job, len(all))
	for i, m := range all {
		payload, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("mails: encode %s to %s: %w", m.Kind, m.User, err)
		}
		queued[i] = jobs.Job{Kind: JobKind, Payload: payload}
	}
	if err := queue.Enqueue(ctx, queued...); err != nil {
		return fmt.Errorf("mails: queue %d, the first %s to %s: %w", len(all), all[0].Kind, all[0].User, err)
	}
	return nil
}

// KindOf returns which mail a job was to send; empty for another job's payload.
func KindOf(job string, payload []byte) Kind {
	var m Mail
	if job != JobKind || json.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Kind
}

// NeedFactor is the mail to somebody of whom a second factor is required: by whom, and
// until when they have time. It is not sent to who has one by the time it is written.
func NeedFactor(id identity.UserID, by string, until time.Time) Mail {
	return Mail{Kind: SecondFactorNeeded, User: id, Data: map[string]string{
		"by": by, "until": until.UTC().Format("2 January 2006, 15:04 UTC"),
	}}
}
