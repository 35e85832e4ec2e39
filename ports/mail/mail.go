// Package mail sends mails to people, and keeps those that were refused until an
// administrator has dealt with them.
package mail

import (
	"context"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Message is one mail to one person, in both forms.
type Message struct {
	To      string
	Subject string
	Text    string
	HTML    string
}

// ErrRefused means that no retry can deliver the mail.
var ErrRefused = fault.New(fault.Invalid, "mail.refused", "The mail cannot be delivered to this address. Check the address.")

// Sender hands a mail to the outside world. It is called from jobs: an error means
// that the job runs again. A [*Refusal] means that no retry can help; a job returns
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
