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
func runOf(db Database, log *zap.Logger, stopping context.Context, row *rivertype.JobRow) jobs.Run {
	r := jobs.Run{
		// Of a row that was restored from a backup, the time tells it from its namesake.
		Job:     fmt.Sprintf("%d-%d", row.ID, row.CreatedAt.UnixMicro()),
		Attempt: row.Attempt,
		Steps:   &steps{db: db, log: log, stopping: stopping, id: row.ID},
	}
	for _, e := range row.Errors {
		if slices.Contains(interruptions, e.Error) {
			r.Interrupted++
		}
	}
	return r
}

// steps are of one job, in its row.
type steps struct {
	db       Database
	log      *zap.Logger
	stopping context.Context // ends when the process may wait no more
	id       int64
}

var _ jobs.Steps = (*steps)(nil)

// Done implements jobs.Steps.
func (s *steps) Done(ctx context.Context) ([]string, error) {
	query := "SELECT metadata::text FROM river_job WHERE id = $1"
	if s.db.Dialect() != "postgres" {
		query = "SELECT json(metadata) FROM river_job WHERE id = ?"
	}
	var text string
	switch err := s.db.SQL().QueryRowContext(ctx, query, s.id).Scan(&text); {
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
	ctx = context.WithoutCancel(ctx)
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := s.record(ctx, step)
		if err == nil {
			return nil
		}
		s.log.Warn("what is done of a job could not be recorded yet; it is tried until the database answers", zap.Int64("job", s.id), zap.String("step", step), zap.Error(err))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.stopping.Done():
			timer.Stop()
			return fmt.Errorf("jobqueue: record that %s of job %d is done: %w", step, s.id, err)
		}
	}
}

func (s *steps) record(ctx context.Context, step string) error {
	ctx, cancel := context.WithTimeout(ctx, leasePatience)
	defer cancel()
	update := "UPDATE river_job SET metadata = metadata || jsonb_build_object($1::text, true) WHERE id = $2"
	if s.db.Dialect() != "postgres" {
		update = "UPDATE river_job SET metadata = jsonb_patch(json(metadata), json_object(?, json('true'))) WHERE id = ?"
	}
	_, err := s.db.SQL().ExecContext(ctx, update, stepPrefix+step, s.id)
	return err
}
