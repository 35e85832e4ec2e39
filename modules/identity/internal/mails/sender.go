package mails

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// ErrSettled says that nothing is to be sent: what the mail is about is settled, or gone.
var ErrSettled = errors.New("mails: what the mail is about is settled")

// Prepare completes a mail to u before its template is filled in: it makes and keeps the
// token of its link, if it has one. It may call u what the mail is to call them. It fails
// with ErrSettled.
type Prepare func(ctx context.Context, m *Mail, u *identity.User) (identity.Secret, error)

// Deps is what sending needs.
type Deps struct {
	Reads     UserReads
	Mail      mail.Sender
	Templates *mailtemplate.Templates // of [Catalogs]
	// Prepare has what completes mails, by their kinds.
	Prepare map[Kind]Prepare `deps:"optional"`
}

// UserReads reads whom a mail goes to; ErrUserNotFound.
type UserReads interface {
	User(ctx context.Context, id identity.UserID) (identity.User, error)
}

// Sender fills mails in and sends them.
type Sender struct{ deps Deps }

// NewSender fails when a dependency is missing.
func NewSender(d Deps) (*Sender, error) {
	if err := deps.Check("mails", d); err != nil {
		return nil, err
	}
	return &Sender{deps: d}, nil
}

// JobHandlers is the work that [Post] queues.
func (s *Sender) JobHandlers() []jobs.Handler {
	return []jobs.Handler{{Kind: JobKind, Queue: jobs.MailQueue, Run: s.run}}
}

// run writes a mail and sends it. A retry makes another token: which of the mails
// arrived is not known, so all of their links work until one is used.
func (s *Sender) run(ctx context.Context, payload []byte) error {
	var m Mail
	if err := json.Unmarshal(payload, &m); err != nil {
		return fmt.Errorf("mails: decode: %w", err)
	}
	if m.Kind == ToNobody {
		return nil
	}
	var u identity.User
	if m.User != "" {
		var err error
		u, err = s.deps.Reads.User(ctx, m.User)
		if errors.Is(err, identity.ErrUserNotFound) {
			return nil // gone before the mail was written
		}
		if err != nil {
			return fmt.Errorf("mails: read %s: %w", m.User, err)
		}
	}
	if m.To == "" {
		m.To = string(u.Email)
	}
	if m.To == "" {
		return nil
	}
	var token identity.Secret
	if prepare, ok := s.deps.Prepare[m.Kind]; ok {
		var err error
		token, err = prepare(ctx, &m, &u)
		if errors.Is(err, ErrSettled) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("mails: prepare %s to %s: %w", m.Kind, m.User, err)
		}
	}
	return s.send(ctx, m, u.Name, token)
}

// SendTo sends a mail without a link at once, to somebody who may be gone from the site.
func (s *Sender) SendTo(ctx context.Context, m Mail, name string) error {
	return s.send(ctx, m, name, "")
}

func (s *Sender) send(ctx context.Context, m Mail, name string, token identity.Secret) error {
	message, err := s.deps.Templates.Write(mailtemplate.DefaultLanguage, string(m.Kind), m.To, factsOf(m, name, token))
	if err != nil {
		return err
	}
	if err := s.deps.Mail.Send(ctx, message); err != nil {
		return fmt.Errorf("mails: send %s to %s: %w", m.Kind, m.User, err)
	}
	return nil
}

// factsOf tells what people chose the words of from what they did not.
func factsOf(m Mail, name string, token identity.Secret) mailtemplate.Facts {
	f := mailtemplate.Facts{Name: name, Data: map[string]string{}, Exact: map[string]string{}, Token: token}
	for key, value := range m.Data {
		switch {
		case key == "email":
			f.Exact[key] = textform.ShownEmail(value)
		case exactData[key]:
			f.Exact[key] = value
		default:
			f.Data[key] = value
		}
	}
	return f
}
