package wire

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func TestWorkOf_NamesTheJobThatAsks(t *testing.T) {
	t.Parallel()
	var have string
	h := asJob(jobs.Handler{Kind: "test.kind", Run: func(ctx context.Context, _ []byte) error {
		have = workOf(ctx)
		return nil
	}})
	if err := h.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if have != "job test.kind" || workOf(t.Context()) != "" {
		t.Errorf("%q in a job, %q elsewhere", have, workOf(t.Context()))
	}
}
