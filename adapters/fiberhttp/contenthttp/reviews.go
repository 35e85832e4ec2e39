package contenthttp

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/review"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
)

// ReviewUseCases is how a post is read before it appears.
type ReviewUseCases interface {
	PostReview(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, content.Review, error)
	ReviewOf(ctx context.Context, p content.PostState, c content.WorkingCopy) (content.Review, error)
	AskForReview(ctx context.Context, actor identityport.Actor, r review.Request) (content.Review, error)
	ApprovePost(ctx context.Context, actor identityport.Actor, d review.Decision) (content.Review, error)
	SendPostBack(ctx context.Context, actor identityport.Actor, d review.Decision) (content.Review, error)
	InReview(ctx context.Context, actor identityport.Actor) (int, error)
}

// stepBits is how many of the lower bits of a mark are the number of a step.
const stepBits = 16

// markOf names what somebody saw of a review: its last step, and the version of the text.
func markOf(r content.Review) int { return (r.Text<<stepBits | r.Last().Number) + 1 }

// decisionOver is what is decided over a mark.
func decisionOver(id content.PostID, mark int, note string) review.Decision {
	mark--
	return review.Decision{ID: id, Step: mark & (1<<stepBits - 1), Text: mark >> stepBits, Note: note}
}

// ReviewNote is what somebody says to whoever asked, or is asked.
type ReviewNote struct {
	Note string `json:"note,omitempty" maxLength:"8000" doc:"At most 2,000 characters. Needed where a post is sent back."`
}

// ReviewRequest is what is asked of whoever may publish a post.
type ReviewRequest struct {
	ReviewNote
	TextVersion int `json:"text_version,omitempty" minimum:"0" doc:"The version of the text that was seen: of the draft, or of the working copy of a published post. Where it was changed since, nobody is asked: 412. 0 or absent: the text as it is by then."`
}

// ReviewStep is one step of the review of a post.
type ReviewStep struct {
	Number int       `json:"number"`
	State  string    `json:"state" enum:"asked,approved,sent_back,published,ended" doc:"Published and ended: the review is over, as the text was published, or the post was put away or its changes discarded."`
	By     *string   `json:"by" doc:"Null: a schedule, or somebody who is erased."`
	At     time.Time `json:"at"`
	Note   string    `json:"note"`
}

// PostReview is where the review of a post stands.
type PostReview struct {
	State   string       `json:"state" enum:"none,asked,approved,sent_back"`
	Changed bool         `json:"changed" doc:"The text was changed since the last step: what was approved is not what would be published."`
	Steps   []ReviewStep `json:"steps" nullable:"false" doc:"The oldest first."`
}

type reviewOutput struct {
	ETag string `header:"ETag"`
	Body PostReview
}

func reviewOf(r content.Review) *reviewOutput {
	out := &reviewOutput{ETag: fiberhttp.ETagOf(markOf(r)), Body: PostReview{State: string(r.State()), Changed: r.Changed(), Steps: []ReviewStep{}}}
	if r.State() == content.NoReview {
		out.Body.State = "none"
	}
	for _, s := range r.Steps {
		out.Body.Steps = append(out.Body.Steps, ReviewStep{Number: s.Number, State: string(s.State), By: optional(string(s.By)), At: s.At, Note: s.Note})
	}
	return out
}

func (h *routes) reviewAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-post-review", Method: http.MethodGet, Path: "/posts/{id}/review", Tags: []string{"content"},
		Summary: "Read where the review of a post stands", Description: "Its ETag names the text as it is saved and the last step: a decision is about both.",
	}, func(ctx context.Context, in *postID) (*reviewOutput, error) {
		_, r, err := h.Content.PostReview(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return reviewOf(r), nil
	})
	type ask struct {
		ID   string `path:"id" maxLength:"64"`
		Body ReviewRequest
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "ask-for-review", Method: http.MethodPost, Path: "/posts/{id}/review", Tags: []string{"content"},
		Summary: "Ask who may publish a post to read it", DefaultStatus: http.StatusOK,
		Description: "It is about the draft, or the changes of a published post, as they are saved. Again: about the text as it is by then.",
	}, func(ctx context.Context, in *ask) (*reviewOutput, error) {
		r, err := h.Content.AskForReview(ctx, fiberhttp.ActorFrom(ctx), review.Request{ID: content.PostID(in.ID), Seen: in.Body.TextVersion, Note: in.Body.Note})
		if err != nil {
			return nil, err
		}
		return reviewOf(r), nil
	})
	type decide struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the review that was read, a list of them, or * for any. Missing: 428; not the current one, because somebody decided or the text was changed: 412."`
		Body    ReviewNote
	}
	for _, o := range []struct {
		id, at, summary string
		do              func(UseCases, context.Context, identityport.Actor, review.Decision) (content.Review, error)
	}{
		{"approve-post", "/approve", "Say that a post can be published", UseCases.ApprovePost},
		{"send-post-back", "/send-back", "Say what of a post is to be changed before it is published", UseCases.SendPostBack},
	} {
		fiberhttp.Operation(s, write, huma.Operation{
			OperationID: o.id, Method: http.MethodPost, Path: "/posts/{id}" + o.at, Tags: []string{"content"}, Summary: o.summary, DefaultStatus: http.StatusOK,
			Description: "For who may publish it. Who asked is told by a mail.",
		}, func(ctx context.Context, in *decide) (*reviewOutput, error) {
			actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
			r, err := underIfMatch(in.IfMatch, content.ErrReviewChanged, func() (int, error) {
				_, r, err := h.Content.PostReview(ctx, actor, id)
				return markOf(r), err
			}, func(seen int) (content.Review, error) {
				return o.do(h.Content, ctx, actor, decisionOver(id, seen, in.Body.Note))
			})
			if err != nil {
				return nil, err
			}
			return reviewOf(r), nil
		})
	}
}

func (h *routes) reviewPages() {
	for _, a := range []struct {
		at, flash string
		do        func(ctx context.Context, r *fiberhttp.Request, id content.PostID, note string) error
	}{
		{"/review", "review-asked", func(ctx context.Context, r *fiberhttp.Request, id content.PostID, note string) error {
			seen, malformed := strconv.Atoi(r.Form("text_version"))
			if malformed != nil {
				seen = 0 // of a page from before it was told
			}
			_, err := h.Content.AskForReview(ctx, r.Actor, review.Request{ID: id, Seen: seen, Note: note})
			return err
		}},
		{"/approve", "review-approved", func(ctx context.Context, r *fiberhttp.Request, id content.PostID, note string) error {
			_, err := h.Content.ApprovePost(ctx, r.Actor, decisionOver(id, markTyped(r), note))
			return err
		}},
		{"/send-back", "review-sent-back", func(ctx context.Context, r *fiberhttp.Request, id content.PostID, note string) error {
			_, err := h.Content.SendPostBack(ctx, r.Actor, decisionOver(id, markTyped(r), note))
			return err
		}},
	} {
		h.server.Page(http.MethodPost, "/studio/posts/{id}"+a.at, fiberhttp.Permitted(content.PermissionWrite), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			id, note := content.PostID(r.Param("id")), r.Form("note")
			err := a.do(ctx, r, id, note)
			if err == nil {
				return fiberhttp.Redirect(editPath(id)).Flash(a.flash), nil
			}
			return h.notReviewed(ctx, r, id, note, err)
		}, fiberhttp.PreservesForm())
	}
}

// markTyped is what the form shows; what is none was seen by nobody.
func markTyped(r *fiberhttp.Request) int {
	mark, malformed := strconv.Atoi(r.Form("seen"))
	if malformed != nil {
		return 0
	}
	return mark
}

// notReviewed shows the post as it is by now, with the note that was typed and what is wrong.
func (h *routes) notReviewed(ctx context.Context, r *fiberhttp.Request, id content.PostID, note string, err error) (fiberhttp.Reply, error) {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Outdated {
		return fiberhttp.Reply{}, err
	}
	a, missing := h.Content.OpenPost(ctx, r.Actor, id)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v, missing := h.editing(ctx, r, a.Post)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v.Review.Note = note
	for _, field := range f.Fields {
		v.Review.NoteError = field.Message
	}
	if v.Review.NoteError == "" {
		v.Review.Error = f.Message
	}
	status := map[fault.Kind]int{fault.Invalid: http.StatusUnprocessableEntity, fault.Conflict: http.StatusConflict, fault.Outdated: http.StatusPreconditionFailed}[f.Kind]
	return h.editor(r, v, status), nil
}

// shownSteps is how many steps of a review its page shows, the last ones.
const shownSteps = 30

// reviewPanel is the review of a post beside its text.
func (h *routes) reviewPanel(ctx context.Context, r *fiberhttp.Request, p content.PostState, c content.WorkingCopy, mayDecide bool) (*contentpages.ReviewView, error) {
	review, err := h.Content.ReviewOf(ctx, p, c)
	if err != nil {
		return nil, err
	}
	v := &contentpages.ReviewView{
		IsPage: p.Kind == content.KindPage, Path: editPath(p.ID), State: string(review.State()), Changed: review.Changed(), Seen: strconv.Itoa(markOf(review)), Text: review.Text,
		MayAsk: review.Text != 0, MayDecide: mayDecide && review.State() == content.ReviewAsked,
	}
	steps := review.Steps
	if v.Earlier = max(len(steps)-shownSteps, 0); v.Earlier > 0 {
		steps = steps[v.Earlier:]
	}
	people := make([]identityport.UserID, 0, len(steps))
	for _, s := range steps {
		people = append(people, s.By)
	}
	names, err := h.namesOf(ctx, r, people)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		v.Steps = append([]contentpages.ReviewStep{{State: string(s.State), By: names[s.By], At: s.At, Note: s.Note}}, v.Steps...)
	}
	return v, nil
}
