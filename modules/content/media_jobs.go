package content

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// The jobs that rooms of the context queue for each other.
const (
	RenderMediaJob = "content.render_media" // renders posts anew whose pictures have changed
	RemoveMediaJob = "content.remove_media" // deletes files of a picture; its payload is MediaFiles
)

// MediaFiles names files of a picture: of one version, or for 0 of all.
type MediaFiles struct {
	ID      MediaID `json:"id"`
	Version int     `json:"version"`
}

// Job is work of a kind on the files, at a time; zero: as soon as possible.
func (f MediaFiles) Job(kind string, at time.Time) (jobs.Job, error) {
	payload, err := json.Marshal(f)
	return jobs.Job{Kind: kind, Payload: payload, RunAt: at, Unique: fmt.Sprintf("%s:%d", f.ID, f.Version)}, err
}
