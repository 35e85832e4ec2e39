package identityapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

const welcomeKind = "identity.send_welcome"

// Subscribers is what identity does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	return []events.Subscriber{
		{Name: welcomeKind, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
	}
}

// welcomeJob says who is to be welcomed. The letter is written when it is sent, so
// that no address lies in a queue.
type welcomeJob struct {
	UserID identity.UserID `json:"user_id"`
}

// onUserRegistered queues the letter once, however often the event comes.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	registered, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(welcomeJob{UserID: registered.UserID})
	if err != nil {
		return fmt.Errorf("identityapp: encode welcome of %s: %w", registered.UserID, err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, welcomeKind)
		if err != nil || !first {
			return err
		}
		return s.Jobs.Enqueue(ctx, jobs.Job{Kind: welcomeKind, Payload: payload})
	})
	if err != nil {
		return fmt.Errorf("identityapp: queue welcome of %s: %w", registered.UserID, err)
	}
	return nil
}

func (a *App) runWelcome(ctx context.Context, payload []byte) error {
	var job welcomeJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("identityapp: decode welcome: %w", err)
	}
	u, err := a.deps.Reads.User(ctx, job.UserID)
	if errors.Is(err, identity.ErrUserNotFound) {
		return nil // gone before the letter was written
	}
	if err != nil {
		return fmt.Errorf("identityapp: read %s: %w", job.UserID, err)
	}
	letter, err := welcomeLetter(u, a.deps.SiteName, a.deps.BaseURL)
	if err != nil {
		return err
	}
	err = a.deps.Mail.Send(ctx, letter)
	if fault.KindOf(err) == fault.Invalid {
		return nil // the address takes no mail: no retry can help
	}
	if err != nil {
		return fmt.Errorf("identityapp: send welcome to %s: %w", u.ID, err)
	}
	return nil
}

func welcomeLetter(u identity.User, site, baseURL string) (mail.Message, error) {
	var html bytes.Buffer
	err := welcomeHTML.Execute(&html, struct{ Name, Site, BaseURL string }{u.Name, site, baseURL})
	if err != nil {
		return mail.Message{}, fmt.Errorf("identityapp: write welcome: %w", err)
	}
	return mail.Message{
		To:      string(u.Email),
		Subject: "Welcome to " + site,
		Text:    fmt.Sprintf(welcomeText, u.Name, site, baseURL),
		HTML:    html.String(),
	}, nil
}

const welcomeText = `Hello %[1]s,

you have an account at %[2]s now.

Read: %[3]s/posts
See where you are signed in, and sign out anywhere: %[3]s/account

If it was not you who signed up, sign out everywhere on that page
and write to the administrators.
`

var welcomeHTML = template.Must(template.New("welcome").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Welcome to {{.Site}}</title></head>
<body style="font-family: system-ui, sans-serif; line-height: 1.5; max-width: 34rem">
<p>Hello {{.Name}},</p>
<p>you have an account at <strong>{{.Site}}</strong> now.</p>
<p><a href="{{.BaseURL}}/posts">Read the posts</a></p>
<p><a href="{{.BaseURL}}/account">See where you are signed in</a>, and sign out anywhere.</p>
<p>If it was not you who signed up, sign out everywhere on that page and write to the administrators.</p>
</body>
</html>
`))
