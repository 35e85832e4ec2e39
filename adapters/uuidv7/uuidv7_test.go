package uuidv7_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
)

func TestGenerator_MakesCanonicalDistinctIDsInOrder(t *testing.T) {
	t.Parallel()
	var g uuidv7.Generator
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = g.New()
	}
	if !slices.IsSorted(ids) {
		t.Error("the ids do not sort in the order in which they were made")
	}
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) {
		t.Errorf("%d of %d ids are distinct", n, len(ids))
	}
	id, err := uuid.Parse(ids[0])
	if err != nil || id.Version() != 7 || id.String() != ids[0] {
		t.Errorf("%q is version %d (%v)", ids[0], id.Version(), err)
	}
}
