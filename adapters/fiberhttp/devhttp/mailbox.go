//go:build !release

package devhttp

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/textform"
	"github.com/neoforge-dev/neoforge/web/pages/devpages"
)

// Letter is a mail that was sent.
type Letter struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	SentAt  time.Time `json:"sent_at"`
}

var errNoLetter = fault.New(fault.NotFound, "dev.letter_not_found", "There is no such letter. The mailbox keeps the newest ones, in memory.")

func (h *routes) mailbox(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := devpages.MailboxView{Page: h.server.View(r, fiberhttp.View{Title: "Mailbox", Robots: "noindex"}), To: r.Query("to")}
	for _, l := range h.lettersTo(v.To) {
		v.Letters = append(v.Letters, seen(l))
	}
	return fiberhttp.HTML(devpages.Mailbox(v)), nil
}

func (h *routes) letter(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	letters := h.Letters("")
	i := slices.IndexFunc(letters, func(l Letter) bool { return l.ID == r.Param("id") })
	if i < 0 {
		return fiberhttp.Reply{}, errNoLetter
	}
	return fiberhttp.HTML(devpages.MailboxLetter(devpages.LetterView{
		Page:   h.server.View(r, fiberhttp.View{Title: letters[i].Subject, Robots: "noindex"}),
		Letter: seen(letters[i]),
	})), nil
}

func (h *routes) mailboxJSON(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	letters := h.lettersTo(r.Query("to"))
	if letters == nil {
		letters = []Letter{}
	}
	return asJSON(letters)
}

// lettersTo finds the letters to an address however it is written.
func (h *routes) lettersTo(to string) []Letter {
	if email, err := textform.Email(to); err == nil {
		to = email
	}
	return h.Letters(to)
}

func seen(l Letter) devpages.Letter {
	return devpages.Letter{ID: l.ID, URL: "/dev/mailbox/" + url.PathEscape(l.ID), To: textform.ShownEmail(l.To), Subject: l.Subject, Text: l.Text, SentAt: l.SentAt}
}
