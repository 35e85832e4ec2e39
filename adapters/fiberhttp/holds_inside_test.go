package fiberhttp

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestHolds_AreBounded(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	var h holds
	var waiting sync.WaitGroup
	for range heldAtOnce {
		waiting.Go(func() { h.wait(ctx, time.Hour) })
	}
	for h.now.Load() < heldAtOnce {
		runtime.Gosched()
	}
	h.wait(ctx, time.Hour) // returns: there is no place to wait in
	end()
	waiting.Wait()
	h.wait(t.Context(), 0)
	if n := h.now.Load(); n != 0 {
		t.Errorf("%d wait still", n)
	}
}
