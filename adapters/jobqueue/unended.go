package jobqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// unendedPage is how many jobs are read at once.
const unendedPage = 1000

// Unended lists the payloads of jobs of a kind that were queued before t and are not
// done: those that wait, and those that are dead.
func (q *Queue) Unended(ctx context.Context, kind string, t time.Time) ([][]byte, error) {
	params := river.NewJobListParams().Kinds(kind).
		States(append([]rivertype.JobState{rivertype.JobStateDiscarded}, unended...)...).
		OrderBy(river.JobListOrderByID, river.SortOrderAsc).First(unendedPage)
	var out [][]byte
	for {
		page, err := q.insert.JobList(ctx, params)
		if err != nil {
			return nil, fmt.Errorf("jobqueue: jobs of the kind %s that are not done: %w", kind, err)
		}
		for _, row := range page.Jobs {
			if !row.CreatedAt.Before(t) {
				return out, nil // and so are all after it
			}
			var a arguments
			if err := json.Unmarshal(row.EncodedArgs, &a); err != nil {
				continue // nobody can run it
			}
			out = append(out, a.payload())
		}
		if len(page.Jobs) < unendedPage {
			return out, nil
		}
		params = params.After(page.LastCursor)
	}
}
