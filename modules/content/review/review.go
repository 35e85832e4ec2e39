// Package review has a post read by who may publish it before it appears: an author asks, and
// is told by a mail when the post is approved or sent back.
//
// It promises that what is decided is about the text that was seen, that of two who decide at
// once one is refused, and that no review keeps who may publish from doing so.
package review

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

//go:embed mails
var mailFiles embed.FS

// Mails are the words of the mails that content sends: a module has one source of them.
var Mails = mailtemplate.Source{Files: mailFiles, Folder: "mails"}

const mailJob = "content.mail_review"

// Posts is what is asked of posts.
type Posts interface {
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
}

// Deps is what the use cases need. MayPublish fails with content.ErrMayNotPublish.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	Posts      Posts
	MayPublish func(ctx context.Context, actor identityport.Actor, p content.PostState) error
	People     identityport.Directory
	Actors     identityport.Actors
	Mail       mail.Sender
	Templates  *mailtemplate.Templates
	Clock      clock.Clock
	IDs        idgen.Generator
}

// App is the use cases.
type App struct{ d Deps }

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("review", d); err != nil {
		return nil, err
	}
	return &App{d}, nil
}

// PostReview returns where the review of a post stands, and the post, to who may edit it. It
// fails with content.ErrPostNotFound.
func (a *App) PostReview(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, content.Review, error) {
	article, err := a.d.Posts.OpenPost(ctx, actor, id)
	if err != nil {
		return content.Article{}, content.Review{}, err
	}
	var copied content.WorkingCopy
	if article.Post.Status == content.Published {
		copied, err = a.d.Reads.WorkingCopy(ctx, id)
		if err != nil && !errors.Is(err, content.ErrWorkingCopyNotFound) {
			return content.Article{}, content.Review{}, fmt.Errorf("review of post %s: %w", id, err)
		}
	}
	review, err := a.ReviewOf(ctx, article.Post, copied)
	return article, review, err
}

// ReviewOf returns where the review of a post stands that was opened for its editor, with its
// working copy, if it has one.
func (a *App) ReviewOf(ctx context.Context, p content.PostState, c content.WorkingCopy) (content.Review, error) {
	steps, err := a.d.Reads.ReviewSteps(ctx, p.ID)
	if err != nil {
		return content.Review{}, fmt.Errorf("review of post %s: %w", p.ID, err)
	}
	return content.Review{Steps: steps, Text: content.TextUnderReview(p, c)}, nil
}

// conflicts is how often others may be quicker before asking gives up.
const conflicts = 5

// Request asks for a review of a post. Seen is the version of the text that its editor saw: of the
// post, or the save of its working copy; 0 for the text as it is by then.
type Request struct {
	ID   content.PostID
	Seen int
	Note string
}

// AskForReview asks who may publish a post to read what of it waits to be published, as it is
// saved. Again, it asks for the text as it is by then, with another note; where nothing
// differs, nothing is done. It fails with content.ErrPostNotFound (also for who may not edit
// it), content.ErrPostInactive, content.ErrNothingToReview, content.ErrInvalidReviewNote,
// content.ErrTooManyReviews, content.ErrTextNotSeen when the text was changed since Seen, and
// content.ErrReviewChanged when others were quicker too often.
func (a *App) AskForReview(ctx context.Context, actor identityport.Actor, r Request) (content.Review, error) {
	id := r.ID
	note, err := content.CleanReviewNote(r.Note, false)
	if err != nil {
		return content.Review{}, err
	}
	for range conflicts {
		article, review, err := a.PostReview(ctx, actor, id)
		if err != nil {
			return content.Review{}, err
		}
		last := review.Last()
		switch {
		case article.Post.Status.Inactive():
			return content.Review{}, content.ErrPostInactive
		case review.Text == 0:
			return content.Review{}, content.ErrNothingToReview
		case r.Seen > 0 && review.Text > r.Seen, // the saves of a copy only grow, those of an earlier one were less
			article.Post.Status != content.Published && r.Seen > article.Post.Version: // of a copy that is gone
			return content.Review{}, content.ErrTextNotSeen
		case last.State == content.ReviewAsked && last.By == actor.UserID && last.Text == review.Text && last.Note == note:
			return review, nil
		case len(review.Steps) >= content.MaxReviewSteps,
			len(review.Steps) >= content.MaxReviewStepsOfOthers && actor.UserID != article.Post.Author:
			return content.Review{}, content.ErrTooManyReviews
		}
		next := content.ReviewStep{Post: id, State: content.ReviewAsked, By: actor.UserID, Note: note}
		review, err = a.append(ctx, actor, review, next, "content.review_asked")
		if errors.Is(err, content.ErrReviewChanged) || errors.Is(err, content.ErrPostChanged) {
			continue // looked at again
		}
		if err != nil {
			return content.Review{}, fmt.Errorf("ask for a review of post %s: %w", id, err)
		}
		return review, nil
	}
	return content.Review{}, content.ErrReviewChanged
}

// Decision is what somebody says who read a post: of the text at version Text, after Step
// steps of its review.
type Decision struct {
	ID   content.PostID
	Step int
	Text int
	Note string
}

// ApprovePost says that a text can be published; the note may be empty. What is changed after
// it is not approved. It fails with content.ErrPostNotFound (also for who may not edit it),
// content.ErrMayNotReview, content.ErrReviewNotAsked, content.ErrReviewChanged when somebody
// decided or changed the text since it was seen, and content.ErrInvalidReviewNote.
func (a *App) ApprovePost(ctx context.Context, actor identityport.Actor, d Decision) (content.Review, error) {
	return a.decide(ctx, actor, d, content.ReviewApproved, "content.review_approved")
}

// SendPostBack says what is to be changed first. It fails as ApprovePost does, and with
// content.ErrInvalidReviewNote without a note.
func (a *App) SendPostBack(ctx context.Context, actor identityport.Actor, d Decision) (content.Review, error) {
	return a.decide(ctx, actor, d, content.ReviewSentBack, "content.review_sent_back")
}

func (a *App) decide(ctx context.Context, actor identityport.Actor, d Decision, state content.ReviewState, action string) (content.Review, error) {
	article, review, err := a.PostReview(ctx, actor, d.ID)
	if err != nil {
		return content.Review{}, err
	}
	err = a.d.MayPublish(ctx, actor, article.Post)
	if errors.Is(err, content.ErrMayNotPublish) {
		err = content.ErrMayNotReview
	}
	if err != nil {
		return content.Review{}, err
	}
	note, err := content.CleanReviewNote(d.Note, state == content.ReviewSentBack)
	last := review.Last()
	switch {
	case err != nil:
		return content.Review{}, err
	case last.State == state && last.Number == d.Step+1 && last.By == actor.UserID && last.Text == d.Text && last.Note == note:
		return review, nil // sent again
	case last.Number != d.Step, review.Text != d.Text:
		return content.Review{}, content.ErrReviewChanged
	case last.State != content.ReviewAsked:
		return content.Review{}, content.ErrReviewNotAsked
	}
	next := content.ReviewStep{Post: d.ID, State: state, By: actor.UserID, Note: note}
	review, err = a.append(ctx, actor, review, next, action)
	if errors.Is(err, content.ErrPostChanged) {
		err = content.ErrReviewChanged
	}
	if err != nil {
		return content.Review{}, fmt.Errorf("review post %s: %w", d.ID, err)
	}
	return review, nil
}

// append writes the next step of a review that was loaded with its post.
func (a *App) append(ctx context.Context, actor identityport.Actor, review content.Review, next content.ReviewStep, action string) (content.Review, error) {
	next.Number, next.Text, next.At = review.Last().Number+1, review.Text, a.d.Clock.Now()
	err := a.d.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Reviews.Append(ctx, next); err != nil {
			return err
		}
		// What was asked about stays a revision, though the page may save over it by itself.
		if err := s.Posts.KeepAutosave(ctx, next.Post, next.Text); err != nil {
			return err
		}
		if next.State != content.ReviewAsked && review.Last().By != next.By {
			payload, err := json.Marshal(decided{next.Post, next.Number})
			if err != nil {
				return fmt.Errorf("encode: %w", err)
			}
			job := jobs.Job{Kind: mailJob, Payload: payload, Unique: string(next.Post) + "." + strconv.Itoa(next.Number)}
			if err := s.Jobs.Enqueue(ctx, job); err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, audit.Entry{
			ID: a.d.IDs.New(), Actor: string(actor.UserID), Action: action, Resource: "post:" + string(next.Post), IP: actor.IP, At: next.At,
		})
	})
	if err != nil {
		return content.Review{}, err
	}
	review.Steps = append(review.Steps, next)
	return review, nil
}

// decided names the step of which a mail tells.
type decided struct {
	Post content.PostID `json:"post_id"`
	Step int            `json:"step"`
}

// Handler sends the mails.
func (a *App) Handler() jobs.Handler {
	return jobs.Handler{Kind: mailJob, Queue: jobs.MailQueue, Timeout: time.Minute, Run: a.mail}
}

// mail tells who asked what was decided. It is sent at least once, as every mail. Who may not
// edit the post any more, or decided themselves, is told nothing of it.
func (a *App) mail(ctx context.Context, payload []byte) error {
	var p decided
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("mail a review: decode: %w", err)
	}
	steps, err := a.d.Reads.ReviewSteps(ctx, p.Post)
	if err != nil {
		return fmt.Errorf("mail the review of post %s: %w", p.Post, err)
	}
	if p.Step < 2 || p.Step > len(steps) {
		return nil // the post is gone
	}
	asked, step := steps[p.Step-2], steps[p.Step-1]
	kind, ok := map[content.ReviewState]string{content.ReviewApproved: "approved", content.ReviewSentBack: "sent_back"}[step.State]
	if !ok || asked.By == "" {
		return nil // they are erased
	}
	to, article, err := a.reader(ctx, asked.By, p.Post)
	if fault.KindOf(err) == fault.NotFound || err == nil && to.Suspended {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail the review of post %s: %w", p.Post, err)
	}
	reviewer := "Somebody"
	who, err := a.d.People.Person(ctx, step.By)
	switch {
	case err == nil:
		reviewer = who.Name
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("mail the review of post %s: %w", p.Post, err)
	}
	message, err := a.d.Templates.Write(mailtemplate.DefaultLanguage, kind, to.Email, mailtemplate.Facts{
		Name: to.Name, Data: map[string]string{"reviewer": reviewer, "kind": string(article.Post.Kind), "title": article.Post.Text.Title, "note": step.Note},
	})
	if err != nil {
		return fmt.Errorf("write the review of post %s: %w", p.Post, err)
	}
	if err := a.d.Mail.Send(ctx, message); err != nil {
		return fmt.Errorf("mail the review of post %s: %w", p.Post, err)
	}
	return nil
}

// reader is who asked, and the post if they may still edit it; fault.NotFound.
func (a *App) reader(ctx context.Context, id identityport.UserID, post content.PostID) (identityport.Person, content.Article, error) {
	actor, err := a.d.Actors.ActorOf(ctx, id)
	if err != nil {
		return identityport.Person{}, content.Article{}, err
	}
	article, err := a.d.Posts.OpenPost(ctx, actor, post)
	if err != nil {
		return identityport.Person{}, content.Article{}, err
	}
	to, err := a.d.People.Person(ctx, id)
	return to, article, err
}
