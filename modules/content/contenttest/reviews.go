package contenttest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func reviewStep(of *content.Post, number int, state content.ReviewState) content.ReviewStep {
	return content.ReviewStep{
		Post: of.State().ID, Number: number, State: state, By: Somebody(), At: Now.Add(time.Duration(number) * time.Minute), Note: "Größe \U0001F525\n\nSecond.", Text: of.State().TextVersion,
	}
}

func appendStep(s content.ReviewStep) func(context.Context, content.Stores) error {
	return func(ctx context.Context, st content.Stores) error { return st.Reviews.Append(ctx, s) }
}

func (h Harness) steps(t *testing.T, p *content.Post) []content.ReviewStep {
	t.Helper()
	return storetest.Must[[]content.ReviewStep](t)(h.Reads.ReviewSteps(t.Context(), p.State().ID))
}

// waiting are the posts of an author of which somebody waits for a review, as both the lists
// and the look-up tell them.
func (h Harness) waiting(t *testing.T, of ...*content.Post) []content.PostID {
	t.Helper()
	author := of[0].State().Author
	ids := storetest.Must[[]content.PostID](t)(h.Reads.WaitingForReview(t.Context(), author, 10))
	listed := storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: author, Everything: true, Limit: 10}))
	named := storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), []content.PostID{of[0].State().ID}, 10))
	for _, s := range append(listed, named...) {
		if s.InReview != slices.Contains(ids, s.ID) {
			t.Errorf("post %s is listed as in review: %t; these are: %v", s.ID, s.InReview, ids)
		}
	}
	return ids
}

var reviewCases = map[string]func(t *testing.T, h Harness){
	"the steps of a review read back as written, and the last one says where it stands": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		other := Draft(p.State().Author)
		h.insert(t, p, other)
		storetest.Equal(t, h.steps(t, p), []content.ReviewStep{})
		storetest.Equal(t, len(h.waiting(t, p)), 0)
		asked, back, again := reviewStep(p, 1, content.ReviewAsked), reviewStep(p, 2, content.ReviewSentBack), reviewStep(p, 3, content.ReviewAsked)
		h.do(t, appendStep(asked))
		storetest.Equal(t, h.waiting(t, p), []content.PostID{p.State().ID})
		h.do(t, appendStep(back))
		storetest.Equal(t, len(h.waiting(t, p)), 0)
		h.do(t, appendStep(again))
		h.do(t, appendStep(reviewStep(other, 1, content.ReviewAsked)))
		storetest.Equal(t, h.waiting(t, p), []content.PostID{other.State().ID, p.State().ID}) // the longest first
		storetest.Equal(t, h.steps(t, p), []content.ReviewStep{asked, back, again})
		storetest.Equal(t, len(storetest.Must[[]content.PostID](t)(h.Reads.WaitingForReview(t.Context(), "", 1))), 1)
		for _, nobody := range []content.PostID{"not an id", content.PostID(idgentest.New())} {
			storetest.Equal(t, storetest.Must[[]content.ReviewStep](t)(h.Reads.ReviewSteps(t.Context(), nobody)), []content.ReviewStep{})
		}
		storetest.Equal(t, len(storetest.Must[[]content.PostID](t)(h.Reads.WaitingForReview(t.Context(), "nobody", 10))), 0)
	},
	"a step follows the one that was seen, of a post that is as it was seen": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		h.fails(t, content.ErrReviewChanged, appendStep(reviewStep(p, 2, content.ReviewApproved)))
		other := reviewStep(p, 1, content.ReviewAsked)
		other.Text++
		h.fails(t, content.ErrPostChanged, appendStep(other))
		h.fails(t, content.ErrPostNotFound, appendStep(reviewStep(Draft(Somebody()), 1, content.ReviewAsked)))
		h.do(t, appendStep(reviewStep(p, 1, content.ReviewAsked)))
		h.fails(t, content.ErrReviewChanged, appendStep(reviewStep(p, 1, content.ReviewAsked)))
		h.fails(t, content.ErrReviewChanged, appendStep(reviewStep(p, 3, content.ReviewApproved)))
		stop := errors.New("stop")
		h.fails(t, stop, func(ctx context.Context, s content.Stores) error {
			return errors.Join(s.Reviews.Append(ctx, reviewStep(p, 2, content.ReviewApproved)), stop)
		})
		storetest.Equal(t, len(h.steps(t, p)), 1)
		storetest.Equal(t, len(h.waiting(t, p)), 1)
	},
	"a step is about the text that waits at that moment": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now)
		h.insert(t, p)
		none := reviewStep(p, 1, content.ReviewAsked)
		h.fails(t, content.ErrPostChanged, appendStep(none)) // readers have it
		none.Text = 0
		h.fails(t, content.ErrPostChanged, appendStep(none))
		c := begun(p)
		h.do(t, putCopy(c, 0))
		asked := reviewStep(p, 1, content.ReviewAsked)
		asked.Text = c.Save
		h.do(t, appendStep(asked))
		next := c.Revised(Text("later"), Somebody(), Now)
		h.do(t, putCopy(next, c.Save))
		approved := reviewStep(p, 2, content.ReviewApproved)
		approved.Text = c.Save
		h.fails(t, content.ErrPostChanged, appendStep(approved))
		h.do(t, deleteCopy(p, next.Save))
		approved.Text = next.Save
		h.fails(t, content.ErrPostChanged, appendStep(approved))
	},
	"who asks while the changes are discarded leaves no review behind": func(t *testing.T, h Harness) {
		for range 8 {
			p := Published(Somebody(), Now)
			h.insert(t, p)
			c := begun(p)
			h.do(t, putCopy(c, 0))
			asked, end := reviewStep(p, 1, content.ReviewAsked), reviewStep(p, 0, content.ReviewEnded)
			asked.Text = c.Save
			failed := make([]error, 2)
			var both sync.WaitGroup
			both.Go(func() { failed[0] = h.UnitOfWork.Do(t.Context(), appendStep(asked)) })
			both.Go(func() {
				failed[1] = h.UnitOfWork.Do(t.Context(), func(ctx context.Context, s content.Stores) error {
					if err := s.Reviews.Hold(ctx, end.Post); err != nil {
						return err
					}
					if _, err := s.Reviews.End(ctx, end); err != nil {
						return err
					}
					return s.Copies.Delete(ctx, p.State().ID, c.Save)
				})
			})
			both.Wait()
			if failed[0] != nil && !errors.Is(failed[0], content.ErrPostChanged) || failed[1] != nil {
				t.Error(failed)
			}
			storetest.Equal(t, len(h.waiting(t, p)), 0)
		}
	},
	"a post that was asked for as often as it may be tells how its review ended": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			for n := range content.MaxReviewSteps {
				if err := s.Reviews.Append(ctx, reviewStep(p, n+1, content.ReviewAsked)); err != nil {
					return err
				}
			}
			if err := s.Reviews.Append(ctx, reviewStep(p, content.MaxReviewSteps+1, content.ReviewApproved)); err != nil {
				return err
			}
			_, err := s.Reviews.End(ctx, reviewStep(p, 0, content.ReviewPublished))
			return err
		})
		storetest.Equal(t, content.Review{Steps: h.steps(t, p)}.State(), content.NoReview)
	},
	"of those who decide at once one does": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		h.do(t, appendStep(reviewStep(p, 1, content.ReviewAsked)))
		all := h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			return s.Reviews.Append(ctx, reviewStep(p, 2, content.ReviewApproved))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrReviewChanged), 1)
		storetest.Equal(t, len(h.steps(t, p)), 2)
	},
	"a review that is open is ended once, whoever decides at that moment": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		end := reviewStep(p, 0, content.ReviewPublished)
		ends := func(want bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s content.Stores) error {
				ended, err := s.Reviews.End(ctx, end)
				storetest.Equal(t, ended, want)
				return err
			})
		}
		ends(false)
		for i, state := range []content.ReviewState{content.ReviewAsked, content.ReviewApproved, content.ReviewSentBack} {
			h.do(t, appendStep(reviewStep(p, 2*i+1, state)))
			ends(true)
			ends(false)
			storetest.Equal(t, len(h.waiting(t, p)), 0)
		}
		kept := h.steps(t, p)
		end.Number, end.Text = 6, 1
		storetest.Equal(t, kept[5], end)
		h.do(t, appendStep(reviewStep(p, 7, content.ReviewAsked)))
		for _, err := range h.atOnce(t, 6, func(ctx context.Context, s content.Stores) error {
			if _, err := s.Reviews.End(ctx, end); err != nil {
				return err
			}
			err := s.Reviews.Append(ctx, reviewStep(p, 8, content.ReviewApproved))
			if errors.Is(err, content.ErrReviewChanged) {
				return nil // as it must: it is over
			}
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		storetest.Equal(t, h.steps(t, p)[7].State, content.ReviewPublished)
	},
	"what somebody wrote in reviews is found, and goes with them; steps go with their post": func(t *testing.T, h Harness) {
		p, other := Draft(Somebody()), Draft(Somebody())
		h.insert(t, p, other)
		mine, theirs, scheduled := reviewStep(p, 1, content.ReviewAsked), reviewStep(p, 2, content.ReviewApproved), reviewStep(p, 3, content.ReviewPublished)
		elsewhere := reviewStep(other, 1, content.ReviewAsked)
		elsewhere.By, scheduled.By = mine.By, ""
		for _, s := range []content.ReviewStep{mine, theirs, scheduled, elsewhere} {
			h.do(t, appendStep(s))
		}
		var by []content.ReviewStep
		for after := (content.ReviewStep{}); ; after = by[len(by)-1] {
			page := storetest.Must[[]content.ReviewStep](t)(h.Reads.ReviewStepsBy(t.Context(), mine.By, after, 1))
			if len(page) == 0 {
				break
			}
			by = append(by, page...)
		}
		storetest.Equal(t, len(by), 2)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Reviews.Anonymize(ctx, mine.By) })
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Reviews.Anonymize(ctx, "nobody") })
		mine.By, mine.Note = "", ""
		storetest.Equal(t, h.steps(t, p), []content.ReviewStep{mine, theirs, scheduled})
		storetest.Equal(t, len(h.waiting(t, other)), 1)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Posts.DeleteByAuthor(ctx, other.State().Author)
			return err
		})
		storetest.Equal(t, h.steps(t, other), []content.ReviewStep{})
	},
}
