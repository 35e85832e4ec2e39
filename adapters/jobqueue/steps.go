package jobqueue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// stepPrefix begins the keys of a job's metadata that name the steps that are done. They
// end with the row.
const stepPrefix = "neoforge:done:"

var stepName = regexp.MustCompile(`^[A-Za-z0-9.-]{1,100}$`)

// interruptions are what a job's errors say of runs whose process died: the lease's
// words, and river's.
var interruptions = []string{processEnded, "Stuck job rescued by JobRescuer"}

// runOf describes a run to its handler.
func runOf(s *steps, row *rivertype.JobRow) jobs.Run {
	r := jobs.Run{
		// Of a row that was restored from a backup, the time tells it from its namesake.
		Job:     fmt.Sprintf("%d-%d", row.ID, row.CreatedAt.UnixMicro()),
		Attempt: row.Attempt,
		Steps:   s,
	}
	for _, e := range row.Errors {
		if slices.Contains(interruptions, e.Error) {
			r.Interrupted++
		}
	}
	return r
}

// steps are of one job, in its row. After a failover that lost the row another job may
// have its id: the time tells them apart. (A file of SQLite is restored while no process
// works on it.)
type steps struct {
	db       Database
	log      *zap.Logger
	stopping context.Context // ends when the process may wait no more
	id       int64
	created  time.Time
}

var _ jobs.Steps = (*steps)(nil)

// Done implements jobs.Steps.
func (s *steps) Done(ctx context.Context) ([]string, error) {
	query := "SELECT metadata::text FROM river_job" + s.where()
	if s.db.Dialect() != "postgres" {
		query = "SELECT json(metadata) FROM river_job" + s.where()
	}
	var text string
	switch err := s.db.SQL().QueryRowContext(ctx, query, s.row()...).Scan(&text); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil // nobody will run it again
	case err != nil:
		return nil, fmt.Errorf("jobqueue: read what is done of job %d: %w", s.id, err)
	}
	kept := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("jobqueue: read what is done of job %d: %w", s.id, err)
	}
	var done []string
	for key := range kept {
		if step, ok := strings.CutPrefix(key, stepPrefix); ok {
			done = append(done, step)
		}
	}
	return done, nil
}

// Record implements jobs.Steps.
func (s *steps) Record(ctx context.Context, step string) error {
	if !stepName.MatchString(step) {
		return fmt.Errorf("jobqueue: %q does not name a step", step)
	}
	update := "UPDATE river_job SET metadata = metadata || jsonb_build_object($3::text, true)" + s.where()
	if s.db.Dialect() != "postgres" {
		update = "UPDATE river_job SET metadata = jsonb_patch(json(metadata), json_object(?2, json('true')))" + s.where()
	}
	return s.untilKept(ctx, "record the step "+step, update, append(s.row(), stepPrefix+step)...)
}

// deletePayload deletes what the job carries, and what earlier runs failed with, which
// may tell of it. What is done stays known, so that another run does nothing again.
func (s *steps) deletePayload(ctx context.Context) error {
	update := "UPDATE river_job SET args = '{}', errors = NULL" + s.where()
	if s.db.Dialect() != "postgres" {
		update = "UPDATE river_job SET args = jsonb('{}'), errors = NULL" + s.where()
	}
	return s.untilKept(ctx, "delete the payload", update, s.row()...)
}

// where finds the row by the arguments that row returns.
func (s *steps) where() string {
	if s.db.Dialect() == "postgres" {
		return " WHERE id = $1 AND created_at = $2"
	}
	return " WHERE id = ?1"
}

func (s *steps) row() []any {
	if s.db.Dialect() == "postgres" {
		return []any{s.id, s.created}
	}
	return []any{s.id}
}

// untilKept runs a statement on the job's row until the database has kept it. It fails
// when the process may wait no more.
func (s *steps) untilKept(ctx context.Context, what, statement string, args ...any) error {
	ctx = context.WithoutCancel(ctx)
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := s.exec(ctx, statement, args...)
		if err == nil {
			return nil
		}
		s.log.Warn("what is done of a job could not be recorded yet; it is tried until the database answers", zap.Int64("job", s.id), zap.String("what", what), zap.Error(err))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.stopping.Done():
			timer.Stop()
			return fmt.Errorf("jobqueue: %s of job %d: %w", what, s.id, err)
		}
	}
}

func (s *steps) exec(ctx context.Context, statement string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	_, err := s.db.SQL().ExecContext(ctx, statement, args...)
	return err
}
