package authorship

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

const mailJob = "content.mail_authorship"

// naming is that somebody was named by another as an author of a post.
type naming struct {
	Post content.PostID      `json:"post_id"`
	User identityport.UserID `json:"user"`
	By   identityport.UserID `json:"by"`
}

// tell has a mail written to each author whom a post did not have before, but to who names them.
// A naming is a version of the post, so that none is told twice of one.
func tell(ctx context.Context, s content.Stores, by identityport.UserID, before content.PostState, authors []identityport.UserID) error {
	for _, user := range authors {
		if user == by || slices.Contains(before.Authors(), user) {
			continue
		}
		payload, err := json.Marshal(naming{before.ID, user, by})
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		job := jobs.Job{Kind: mailJob, Payload: payload, Unique: string(before.ID) + "." + strconv.Itoa(before.Version+1) + "." + string(user)}
		if err := s.Jobs.Enqueue(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// Handler sends the mails.
func (a *App) Handler() jobs.Handler {
	return jobs.Handler{Kind: mailJob, Queue: jobs.MailQueue, Timeout: time.Minute, Run: a.mail}
}

// mail tells somebody that they were named, and by whom. It is sent at least once, as every
// mail. Who is no author any more, or may not edit the post, is told nothing of it.
func (a *App) mail(ctx context.Context, payload []byte) error {
	var n naming
	if err := json.Unmarshal(payload, &n); err != nil {
		return fmt.Errorf("mail an authorship: decode: %w", err)
	}
	to, article, err := a.author(ctx, n)
	if fault.KindOf(err) == fault.NotFound || err == nil && (to.Suspended || !article.Post.WrittenBy(n.User)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail the authorship of post %s: %w", n.Post, err)
	}
	by := "Somebody"
	who, err := a.d.People.Person(ctx, n.By)
	switch {
	case err == nil:
		by = who.Name
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("mail the authorship of post %s: %w", n.Post, err)
	}
	message, err := a.d.Templates.Write(mailtemplate.DefaultLanguage, "named_author", to.Email, mailtemplate.Facts{
		Name: to.Name, Data: map[string]string{"by": by, "kind": string(article.Post.Kind), "title": article.Post.Text.Title, "id": string(n.Post)},
	})
	if err != nil {
		return fmt.Errorf("write the authorship of post %s: %w", n.Post, err)
	}
	if err := a.d.Mail.Send(ctx, message); err != nil {
		return fmt.Errorf("mail the authorship of post %s: %w", n.Post, err)
	}
	return nil
}

// author is who was named, and the post if they may edit it; fault.NotFound.
func (a *App) author(ctx context.Context, n naming) (identityport.Person, content.Article, error) {
	actor, err := a.d.Actors.ActorOf(ctx, n.User)
	if err != nil {
		return identityport.Person{}, content.Article{}, err
	}
	article, err := a.d.Posts.OpenPost(ctx, actor, n.Post)
	if err != nil {
		return identityport.Person{}, content.Article{}, err
	}
	to, err := a.d.People.Person(ctx, n.User)
	return to, article, err
}
