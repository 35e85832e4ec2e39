package devpages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Mail is a mail in the development mailbox.
type Mail struct {
	ID      string
	URL     string
	To      string
	Subject string
	Text    string
	SentAt  time.Time
}

// MailboxView is the list of mails, newest first. To filters by address.
type MailboxView struct {
	layout.Page
	To    string
	Mails []Mail
}

// MailView is one mail.
type MailView struct {
	layout.Page
	Mail Mail
}

// Person is somebody one can sign in as.
type Person struct {
	Name  string
	Email string
	Note  string // what they may do
}

// Tool is an entry of the index.
type Tool struct {
	Title string
	URL   string
	Text  string
}

// IndexView lists what development offers.
type IndexView struct {
	layout.Page
	Tools    []Tool
	People   []Person
	Password string // of all sample people
}
