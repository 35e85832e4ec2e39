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

// naming is that somebody was named by another as an author of a post, or of many at once, of
// which Post is the first.
type naming struct {
	Post content.PostID      `json:"post_id"`
	User identityport.UserID `json:"user"`
	By   identityport.UserID `json:"by"`
	Many *time.Time          `json:"many,omitempty"` // when the first of many was handed over
}

// manyWithin is how long after the first of many posts the mail of all of them is sent: longer
// than a bulk edit takes, so that the job of the first stands for the others until it has ended.
const manyWithin = time.Minute

// tell has a mail written to each author whom a post did not have before, but to who names them.
// A naming is a version of the post, or all of one bulk edit, so that none is told twice of one.
func tell(ctx context.Context, s content.Stores, by identityport.UserID, before content.PostState, authors []identityport.UserID, edit string, now time.Time) error {
	for _, user := range authors {
		if user == by || slices.Contains(before.Authors(), user) {
			continue
		}
		n := naming{Post: before.ID, User: user, By: by}
		job := jobs.Job{Kind: mailJob, Unique: string(before.ID) + "." + strconv.Itoa(before.Version+1) + "." + string(user)}
		if edit != "" {
			n.Many, job.Unique, job.RunAt = &now, edit+"."+string(user), now.Add(manyWithin)
		}
		var err error
		if job.Payload, err = json.Marshal(n); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
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
// mail. Who is no author any more, or may not edit the post, is told nothing of it; of many, one
// that is theirs still is named.
func (a *App) mail(ctx context.Context, payload []byte) error {
	var n naming
	if err := json.Unmarshal(payload, &n); err != nil {
		return fmt.Errorf("mail an authorship: decode: %w", err)
	}
	to, article, err := a.author(ctx, n)
	if n.Many != nil && (fault.KindOf(err) == fault.NotFound || err == nil && !article.Post.WrittenBy(n.User)) {
		var another content.PostID
		if another, err = a.lastOf(ctx, n.User, *n.Many); err == nil && another != "" {
			n.Post = another
			to, article, err = a.author(ctx, n)
		}
	}
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
	template := "named_author"
	if n.Many != nil {
		template = "handed_over"
	}
	message, err := a.d.Templates.Write(mailtemplate.DefaultLanguage, template, to.Email, mailtemplate.Facts{
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

// lastOf is the post that was changed last of those that are somebody's, if that was since a
// moment.
func (a *App) lastOf(ctx context.Context, user identityport.UserID, since time.Time) (content.PostID, error) {
	posts, err := a.d.Reads.Written(ctx, content.Writing{Author: user, Limit: 1})
	if err != nil || len(posts) == 0 || posts[0].UpdatedAt.Before(since) {
		return "", err
	}
	return posts[0].ID, nil
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
