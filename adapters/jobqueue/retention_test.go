package jobqueue

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func TestRetention_DeadLettersOutliveTheCleaner(t *testing.T) {
	t.Parallel()
	q := &Queue{options: Options{Logger: zap.NewNop()}, handlers: map[string]jobs.Handler{"test.any": {Kind: "test.any", Run: func(context.Context, []byte) error { return nil }}}}
	c, err := q.config(t.Context(), t.Context(), &lease{})
	if err != nil {
		t.Fatal(err)
	}
	// Not -1: the SQLite driver takes it for "older than one nanosecond from now".
	if c.DiscardedJobRetentionPeriod < 10*365*24*time.Hour {
		t.Errorf("dead letters are deleted after %s", c.DiscardedJobRetentionPeriod)
	}
}
