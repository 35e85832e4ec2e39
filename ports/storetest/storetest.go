// Package storetest is what the contract suites of all contexts' stores share: running
// their cases, each on a database of its own, and their transactions.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

// Now is the moment at which the suites begin, to the microsecond that both
// databases keep.
var Now = time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC)

// NotIDs are ids that nothing can have.
var NotIDs = []string{"", "x", "00000000-0000-0000-0000", "{0190a8f0-0000-7000-8000-000000000000}", "0190A8F0-0000-7000-8000-000000000000", "' OR 1=1 --"}

// Run runs the cases of a suite, by their names. open is called for each and gives it a
// database of its own.
func Run[Harness any](t *testing.T, open func(t *testing.T) Harness, groups ...map[string]func(t *testing.T, h Harness)) {
	t.Helper()
	for _, group := range groups {
		for name, run := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(t, open(t))
			})
		}
	}
}

// UnitOfWork is what every context calls so, over its stores.
type UnitOfWork[Stores any] interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Do runs fn in one transaction, which must succeed.
func Do[Stores any](t *testing.T, u UnitOfWork[Stores], fn func(ctx context.Context, s Stores) error) {
	t.Helper()
	if err := u.Do(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// Fails runs fn in one transaction, which must fail with want.
func Fails[Stores any](t *testing.T, u UnitOfWork[Stores], want error, fn func(ctx context.Context, s Stores) error) {
	t.Helper()
	Is(t, u.Do(t.Context(), fn), want)
}

// AtOnce runs fn in n transactions at the same moment and returns how each ended.
func AtOnce[Stores any](t *testing.T, u UnitOfWork[Stores], n int, fn func(ctx context.Context, s Stores) error) []error {
	t.Helper()
	ctx, ready, done := t.Context(), make(chan struct{}), make(chan error)
	for range n {
		go func() {
			<-ready
			done <- u.Do(ctx, fn)
		}()
	}
	close(ready)
	all := make([]error, n)
	for i := range all {
		all[i] = <-done
	}
	return all
}

// Succeeded counts the transactions that did, and checks that the others failed
// with want.
func Succeeded(t *testing.T, all []error, want error) int {
	t.Helper()
	n := 0
	for _, err := range all {
		switch {
		case err == nil:
			n++
		case !errors.Is(err, want):
			t.Errorf("have %v, want %v", err, want)
		}
	}
	return n
}

// Equal compares two values in depth.
func Equal(t *testing.T, have, want any) {
	t.Helper()
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("\nhave %+v\nwant %+v", have, want)
	}
}

// Is checks which error it is; a nil want is none.
func Is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("have %v, want %v", err, want)
	}
}

// Must returns a value that comes without an error.
func Must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
