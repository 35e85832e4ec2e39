// Package mail sends letters to people.
package mail

import "context"

// Message is one letter to one person, in both forms.
type Message struct {
	To      string
	Subject string
	Text    string
	HTML    string
}

// Sender hands a letter to the outside world. It is called from jobs: an error
// means that the job runs again. A fault of kind Invalid means that no retry can
// help (the address is refused).
type Sender interface {
	Send(ctx context.Context, m Message) error
}
