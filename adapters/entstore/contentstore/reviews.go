package contentstore

import (
	"context"
	"strconv"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/predicate"
	"github.com/neoforge-dev/neoforge/ent/contentent/reviewstep"
	"github.com/neoforge-dev/neoforge/ent/contentent/revision"
	"github.com/neoforge-dev/neoforge/ent/contentent/workingcopy"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var reviewRules = entstore.Rules{
	Absent:  content.ErrPostNotFound,
	Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_review_steps_number": content.ErrReviewChanged},
}

type reviews struct{ tx transaction }

// Append implements content.Reviews.
func (s reviews) Append(ctx context.Context, step content.ReviewStep) error {
	id, err := entstore.ID(step.Post)
	var status content.Status
	if err == nil {
		status, err = s.lock(ctx, id)
	}
	text := 0
	if err == nil {
		text, err = s.waiting(ctx, id, status)
	}
	if err == nil && (text == 0 || text != step.Text) {
		err = content.ErrPostChanged
	}
	if err == nil {
		err = s.put(ctx, id, step)
	}
	return entstore.Failure(err, reviewRules, "contentstore: step %d of the review of post %s", step.Number, step.Post)
}

// Hold implements content.Reviews.
func (s reviews) Hold(ctx context.Context, post content.PostID) error {
	id, err := entstore.ID(post)
	if err == nil {
		_, err = s.lock(ctx, id)
	}
	return entstore.Failure(err, reviewRules, "contentstore: hold the review of post %s", post)
}

// lock has whoever does something to the post or its working copy at the same moment wait, or
// be seen to have done so, and answers where the post stands.
func (s reviews) lock(ctx context.Context, id uuid.UUID) (content.Status, error) {
	query := s.tx.Ent.Post.Query().Where(post.ID(id)).Select(post.FieldStatus)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if err != nil {
		return "", err
	}
	return content.Status(row.Status), nil
}

// waiting is the text of a post that waits to be published, see content.TextUnderReview.
func (s reviews) waiting(ctx context.Context, id uuid.UUID, status content.Status) (int, error) {
	var (
		p      = content.PostState{Status: status}
		copied content.WorkingCopy
		err    error
	)
	if status == content.Published {
		var kept *contentent.WorkingCopy
		if kept, err = s.tx.Ent.WorkingCopy.Query().Where(workingcopy.PostID(id)).Select(workingcopy.FieldSave).Only(ctx); err == nil {
			copied.Save = kept.Save
		}
	} else {
		var last *contentent.Revision
		if last, err = s.tx.Ent.Revision.Query().Where(revision.PostID(id)).Order(revision.ByNumber(entsql.OrderDesc())).Select(revision.FieldNumber).First(ctx); err == nil {
			p.TextVersion = last.Number
		}
	}
	if err != nil && !contentent.IsNotFound(err) {
		return 0, err
	}
	return content.TextUnderReview(p, copied), nil
}

func (s reviews) put(ctx context.Context, id uuid.UUID, step content.ReviewStep) error {
	n, err := s.tx.Ent.ReviewStep.Update().Where(reviewstep.PostID(id), reviewstep.Number(step.Number-1), reviewstep.Last(true)).SetLast(false).Save(ctx)
	if err == nil && n == 0 && step.Number > 1 {
		err = content.ErrReviewChanged
	}
	if err != nil {
		return err
	}
	create := s.tx.Ent.ReviewStep.Create().SetPostID(id).SetNumber(step.Number).SetState(string(step.State)).SetLast(true).
		SetAt(step.At.UTC()).SetTextVersion(step.Text).SetNote(step.Note)
	if by, err := entstore.ID(step.By); err == nil { // a schedule is nobody
		create.SetActorID(by)
	}
	return create.Exec(ctx)
}

// End implements content.Reviews.
func (s reviews) End(ctx context.Context, step content.ReviewStep) (bool, error) {
	fail := func(err error) error {
		return entstore.Failure(err, reviewRules, "contentstore: end the review of post %s", step.Post)
	}
	id, err := entstore.ID(step.Post)
	if err != nil {
		return false, fail(err)
	}
	if _, open, err := s.open(ctx, id); err != nil || !open {
		return false, fail(err) // most are in no review: these wait for nobody
	}
	if _, err := s.lock(ctx, id); err != nil {
		return false, fail(err)
	}
	last, open, err := s.open(ctx, id)
	if err != nil || !open {
		return false, fail(err)
	}
	step.Number, step.Text = last.Number+1, last.TextVersion
	return true, fail(s.put(ctx, id, step))
}

// open answers the last step of a post, and whether its review is open.
func (s reviews) open(ctx context.Context, id uuid.UUID) (*contentent.ReviewStep, bool, error) {
	row, err := s.tx.Ent.ReviewStep.Query().Where(reviewstep.PostID(id), reviewstep.Last(true)).Only(ctx)
	if contentent.IsNotFound(err) {
		return nil, false, nil
	}
	return row, err == nil && content.ReviewState(row.State).Open(), err
}

// Anonymize implements content.Reviews.
func (s reviews) Anonymize(ctx context.Context, user identityport.UserID) error {
	by, err := entstore.ID(user)
	if err != nil {
		return nil // nobody has that id, and so wrote nothing
	}
	_, err = s.tx.Ent.ReviewStep.Update().Where(reviewstep.ActorID(by)).ClearActorID().SetNote("").Save(ctx)
	return entstore.Failure(err, noRules, "contentstore: the reviews by %s", user)
}

// stepsBehind is how many steps may follow the last that somebody may ask with: what is decided
// then, and the end.
const stepsBehind = 2

// ReviewSteps implements content.ReviewReads.
func (s *Store) ReviewSteps(ctx context.Context, id content.PostID) ([]content.ReviewStep, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return []content.ReviewStep{}, nil
	}
	return s.reviewSteps(ctx, content.MaxReviewSteps+stepsBehind, reviewstep.PostID(key))
}

func (s *Store) reviewSteps(ctx context.Context, limit int, where ...predicate.ReviewStep) ([]content.ReviewStep, error) {
	rows, err := s.reads.ReviewStep.Query().Where(where...).
		Order(reviewstep.ByPostID(), reviewstep.ByNumber()).Limit(max(limit, 1)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: steps of reviews")
	}
	out := make([]content.ReviewStep, len(rows))
	for i, row := range rows {
		out[i] = content.ReviewStep{
			Post: content.PostID(row.PostID.String()), Number: row.Number, State: content.ReviewState(row.State), At: row.At.UTC(),
			Text: row.TextVersion, Note: row.Note,
		}
		if row.ActorID != nil {
			out[i].By = identityport.UserID(row.ActorID.String())
		}
	}
	return out, nil
}

// ReviewStepsBy implements content.ReviewReads.
func (s *Store) ReviewStepsBy(ctx context.Context, user identityport.UserID, after content.ReviewStep, limit int) ([]content.ReviewStep, error) {
	by, err := entstore.ID(user)
	if err != nil {
		return []content.ReviewStep{}, nil
	}
	from, err := entstore.ID(after.Post)
	if err != nil {
		from = uuid.Nil
	}
	return s.reviewSteps(ctx, limit, reviewstep.ActorID(by), func(q *entsql.Selector) {
		q.Where(entsql.CompositeGT([]string{q.C(reviewstep.FieldPostID), q.C(reviewstep.FieldNumber)}, from, after.Number))
	})
}

// WaitingForReview implements content.ReviewReads.
func (s *Store) WaitingForReview(ctx context.Context, author identityport.UserID, limit int) (out []content.PostID, err error) {
	query, args := "SELECT r.post_id FROM content_review_steps r", []any(nil)
	where := " WHERE " + waitingForReview("r")
	if author != "" {
		by, err := entstore.ID(author)
		if err != nil {
			return nil, nil // nobody has that id, and so wrote nothing
		}
		query, where, args = query+" JOIN content_posts p ON p.id = r.post_id", where+" AND "+writtenBy("p", "$1"), append(args, by)
	}
	err = s.db.Each(ctx, query+where+" ORDER BY r.at, r.post_id LIMIT "+strconv.Itoa(max(limit, 1)), args, func(scan func(...any) error) error {
		var id content.PostID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: posts that wait for a review")
}
