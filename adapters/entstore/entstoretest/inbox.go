package entstoretest

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
)

// RunInbox checks on db that of many events those are recorded that a subscriber has not
// dealt with, in as many queries as one takes.
func RunInbox(t *testing.T, db *entstore.DB) {
	t.Helper()
	outbox := MustOutbox(t, db)
	var asked atomic.Int64
	db.Watch(func(_ context.Context, s entstore.Statement) {
		if s.InTransaction {
			asked.Add(1)
		}
	})
	record := func(subscriber string, ids []string, end error) (first map[string]bool, queries int64) {
		t.Helper()
		asked.Store(0)
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) (err error) {
			if first, err = outbox.Inbox(tx).RecordAll(ctx, ids, subscriber); err != nil {
				return err
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
		return first, asked.Load()
	}
	ids := make([]string, 100)
	all := map[string]bool{}
	for i := range ids {
		ids[i] = uuidv7.Generator{}.New()
		all[ids[i]] = true
	}
	errRolledBack := errors.New("rolled back on purpose")
	for _, step := range []struct {
		name, subscriber string
		ids              []string
		end              error
		want             map[string]bool
	}{
		{"none", "one.reacts", nil, nil, nil},
		{"one", "one.reacts", ids[1:2], nil, map[string]bool{ids[1]: true}},
		{"in a transaction that is rolled back", "one.reacts", ids[:3], errRolledBack, map[string]bool{ids[0]: true, ids[2]: true}},
		{"some that are known, and one twice", "one.reacts", []string{ids[2], ids[1], ids[0], ids[2]}, nil, map[string]bool{ids[0]: true, ids[2]: true}},
		{"again", "one.reacts", ids[:3], nil, map[string]bool{}},
		{"by another subscriber", "two.reacts", ids, nil, all},
	} {
		if first, _ := record(step.subscriber, step.ids, step.end); !reflect.DeepEqual(first, step.want) {
			t.Errorf("%s: %v are recorded first, want %v", step.name, first, step.want)
		}
	}
	_, one := record("three.reacts", ids[:1], nil)
	if _, many := record("four.reacts", ids, nil); one == 0 || one != many {
		t.Errorf("one takes %d queries, 100 take %d", one, many)
	}
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		_, err := outbox.Inbox(tx).RecordAll(ctx, []string{"not an id"}, "one.reacts")
		return err
	})
	if err == nil {
		t.Error("what is no id was recorded")
	}
}
