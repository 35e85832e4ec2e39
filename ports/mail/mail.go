// Package mail sends mails to people, and keeps those that were refused until an
// administrator has dealt with them.
package mail

import (
	"context"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Message is one mail to one person, in both forms.
type Message struct {
	// ID is the left part of its Message-ID (RFC 5322, 3.6.4): letters and digits, the
	// same when the mail is sent again. Empty: a random one.
	ID      string
	To      string
	Subject string
	Text    string
	HTML    string
}

// ErrRefused means that no retry can deliver the mail.
var ErrRefused = fault.New(fault.Invalid, "mail.refused", "The mail cannot be delivered to this address. Check the address.")

// ErrUnclear means that nobody knows whether the server took the mail: it was handed
// over whole, and the answer did not come.
var ErrUnclear = fault.New(fault.Unavailable, "mail.unclear", "The mail server did not say whether it took the mail.")

// Sender hands a mail to the outside world. It is called from jobs: an error means
// that the job runs again. It may match ErrUnclear. A [*Refusal] means that no retry can help; a job returns
// it too, and is kept as a [Failure].
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Refusal is a mail that was refused for good. It matches ErrRefused.
type Refusal struct {
	To     string
	Reason string // the server's answer in one line, for operators
}

func (r *Refusal) Error() string { return "mail refused: " + r.Reason }

// Unwrap makes it a fault of kind Invalid.
func (r *Refusal) Unwrap() error { return ErrRefused }
