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

// Mail is a mail that was sent.
type Mail struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	SentAt  time.Time `json:"sent_at"`
}

var errNoMail = fault.New(fault.NotFound, "dev.mail_not_found", "There is no such mail. The mailbox keeps the newest ones, in memory.")

func (h *routes) mailbox(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := devpages.MailboxView{Page: h.server.View(r, fiberhttp.View{Title: "Mailbox", Robots: "noindex"}), To: r.Query("to")}
	for _, l := range h.mailsTo(v.To) {
		v.Mails = append(v.Mails, seen(l))
	}
	return fiberhttp.HTML(devpages.Mailbox(v)), nil
}

func (h *routes) mail(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	mails := h.Mails("")
	i := slices.IndexFunc(mails, func(l Mail) bool { return l.ID == r.Param("id") })
	if i < 0 {
		return fiberhttp.Reply{}, errNoMail
	}
	return fiberhttp.HTML(devpages.MailboxMail(devpages.MailView{
		Page: h.server.View(r, fiberhttp.View{Title: mails[i].Subject, Robots: "noindex"}),
		Mail: seen(mails[i]),
	})), nil
}

func (h *routes) mailboxJSON(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	mails := h.mailsTo(r.Query("to"))
	if mails == nil {
		mails = []Mail{}
	}
	return asJSON(mails)
}

// mailsTo finds the mails to an address however it is written.
func (h *routes) mailsTo(to string) []Mail {
	if email, err := textform.Email(to); err == nil {
		to = email
	}
	return h.Mails(to)
}

func seen(l Mail) devpages.Mail {
	return devpages.Mail{ID: l.ID, URL: "/dev/mailbox/" + url.PathEscape(l.ID), To: textform.ShownEmail(l.To), Subject: l.Subject, Text: l.Text, SentAt: l.SentAt}
}
