package entstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/signing"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// auditTrail is an audit trail with its seals, on a database of its own.
type auditTrail struct {
	*eventstore.AuditSeals
	db     *entstore.DB
	outbox *eventstore.Store
	queue  *jobqueue.Queue
	clock  *clock.Adjustable
	anchor audit.Anchor // nil unless a test says otherwise

	mu    sync.Mutex
	known []audit.KnownSeal
	sizes []int

	refused []*eventstore.AuditFault
}

var secrets = [][]byte{[]byte("the secret of these tests, long enough")}

func newAuditTrail(t *testing.T, db *entstore.DB) *auditTrail {
	t.Helper()
	a := &auditTrail{db: db, clock: clock.NewAdjustable(clock.System{})}
	var err error
	if a.queue, err = jobqueue.New(db, jobqueue.Options{}); err != nil {
		t.Fatal(err)
	}
	if a.outbox, err = eventstore.New(db, a.queue, func() []events.Subscriber { return nil }, a.clock, uuidv7.Generator{}); err != nil {
		t.Fatal(err)
	}
	a.AuditSeals = a.sealsOf(t, secrets...)
	return a
}

// sealsOf is the chain for a process with other secrets.
func (a *auditTrail) sealsOf(t *testing.T, secrets ...[]byte) *eventstore.AuditSeals {
	t.Helper()
	return a.outbox.AuditSeals(mustSigner(t, secrets...), eventstore.AuditOptions{
		Anchor: a.anchor,
		Sealed: func(seal audit.KnownSeal, entries int) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.known, a.sizes = append(a.known, seal), append(a.sizes, entries)
		},
		Refused: func(_ context.Context, fault *eventstore.AuditFault) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.refused = append(a.refused, fault)
		},
	})
}

func mustSigner(t *testing.T, secrets ...[]byte) *signing.Signer {
	t.Helper()
	signer, err := signing.New(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// write appends n entries and returns their ids.
func (a *auditTrail) write(t *testing.T, n int) (ids []string) {
	t.Helper()
	entries := make([]audit.Entry, n)
	for i := range entries {
		entries[i] = audit.Entry{
			ID: uuidv7.Generator{}.New(), Actor: "cleo", Action: "test.done", Resource: fmt.Sprintf("thing:%d", i), IP: "192.0.2.1", Detail: "because",
		}
		ids = append(ids, entries[i].ID)
	}
	err := a.db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return a.outbox.Audit(tx).Append(ctx, entries...) })
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func (a *auditTrail) count(t *testing.T, e audit.Entry) {
	t.Helper()
	err := a.db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return a.outbox.Audit(tx).Count(ctx, e) })
	if err != nil {
		t.Fatal(err)
	}
}

func (a *auditTrail) seal(t *testing.T) {
	t.Helper()
	if err := a.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (a *auditTrail) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if a.db.Dialect() != entstore.Postgres {
		for i := range args {
			statement = strings.ReplaceAll(statement, fmt.Sprintf("$%d", i+1), "?")
		}
	}
	result, err := a.db.SQL().ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s touched %d rows: %v", statement, n, err)
	}
}

func (a *auditTrail) mustVerify(t *testing.T) eventstore.AuditVerified {
	t.Helper()
	found, err := a.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (a *auditTrail) prune(t *testing.T, kept time.Duration) {
	t.Helper()
	if err := a.outbox.PruneHandler(eventstore.Retention{Audit: kept}, a.queue, a.AuditSeals).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// RunAuditSeals checks that the chain over the audit trail shows what was done to it
// behind the program's back.
func RunAuditSeals(t *testing.T, open func(t *testing.T) *entstore.DB) {
	t.Helper()
	for name, check := range map[string]func(t *testing.T, a *auditTrail){
		"an empty trail verifies": func(t *testing.T, a *auditTrail) {
			a.seal(t)
			if found := a.mustVerify(t); found.Seals != 0 || found.Last != 0 {
				t.Errorf("have %+v", found)
			}
		},
		"entries are sealed in batches, and again when there are more": func(t *testing.T, a *auditTrail) {
			a.write(t, 1203)
			if found := a.mustVerify(t); found.Unsealed.Waiting != 1203 || found.Unsealed.Since.IsZero() {
				t.Errorf("before: %+v", found)
			}
			a.seal(t)
			a.write(t, 2)
			a.seal(t)
			a.seal(t) // there is nothing
			found := a.mustVerify(t)
			if found.Seals != 4 || found.Entries != 1205 || found.Last != 4 || found.Unsealed.Waiting != 0 {
				t.Errorf("have %+v", found)
			}
			last := a.known[3]
			if len(a.known) != 4 || last.Number != 4 || !bytes.Equal(last.Hash, found.Hash) || a.sizes[3] != 2 {
				t.Errorf("told of %v with %v entries", a.known, a.sizes)
			}
		},
		"many processes that seal at once make one chain": sealsAtOnce,
		"an entry that is committed late is sealed": func(t *testing.T, a *auditTrail) {
			a.write(t, 3)
			a.seal(t)
			late := audit.Entry{Actor: "cleo", Action: "test.late", Resource: "thing:1", At: a.clock.Now().Add(-time.Hour)}
			if err := a.db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return a.outbox.Audit(tx).Append(ctx, late) }); err != nil {
				t.Fatal(err)
			}
			a.seal(t)
			if found := a.mustVerify(t); found.Entries != 4 || found.Unsealed.Waiting != 0 {
				t.Errorf("have %+v", found)
			}
		},
		"an entry that is counted is sealed once it can change no more": func(t *testing.T, a *auditTrail) {
			e := audit.Entry{ID: uuidv7.Generator{}.New(), Actor: "system", Action: "test.counted", Resource: "thing:1", At: a.clock.Now()}
			a.count(t, e)
			a.seal(t)
			a.count(t, e)
			if found := a.mustVerify(t); found.Entries != 0 || found.Unsealed.Counting != 1 || found.Unsealed.Waiting != 0 {
				t.Errorf("while it is counted: %+v", found)
			}
			a.clock.Advance(3 * time.Hour)
			a.seal(t)
			a.count(t, e) // too late
			if found := a.mustVerify(t); found.Entries != 1 || found.Unsealed.Waiting != 1 {
				t.Errorf("after that: %+v", found)
			}
			var times int
			if err := a.db.SQL().QueryRowContext(t.Context(), "SELECT times FROM platform_audit WHERE seal = 1").Scan(&times); err != nil || times != 2 {
				t.Errorf("it happened %d times: %v", times, err)
			}
			a.exec(t, "UPDATE platform_audit SET times = 1 WHERE seal = 1")
			expectFault(t, a.AuditSeals, e.ID, "was changed")
		},
		"retention deletes whole batches, and the chain says so": prunesSeals,
		"what retention did not delete is missed": func(t *testing.T, a *auditTrail) {
			a.write(t, 3)
			a.seal(t)
			a.clock.Advance(100 * 24 * time.Hour)
			a.write(t, 3)
			a.seal(t)
			a.prune(t, 50*24*time.Hour)
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 2")
			expectFault(t, a.AuditSeals, "", "seal 2 was removed")
		},
		"a key that was replaced still counts, and one that is gone is covered by what came later": rotatesKeys,
		"the end of the chain is missed by who knows it": func(t *testing.T, a *auditTrail) {
			a.write(t, 3)
			a.seal(t)
			a.write(t, 3)
			a.seal(t)
			known := a.known[1]
			if _, err := a.Verify(t.Context(), known); err != nil {
				t.Fatal(err)
			}
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 2")
			expectFault(t, a.AuditSeals, "", "its seal is not") // the entries tell
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 2")
			a.mustVerify(t) // nothing in the database tells
			expectFault(t, a.AuditSeals, "", "the chain ends with 1", known)
			a.write(t, 1)
			a.seal(t)
			expectFault(t, a.AuditSeals, "", "the chain was replaced", known)
		},
		"an entry of a program that knows nothing of seals waits until it is counted no more": func(t *testing.T, a *auditTrail) {
			a.exec(t, "INSERT INTO platform_audit (id, actor, action, resource, address, at) VALUES ($1, 'cleo', 'test.done', 'thing:1', '', $2)",
				uuidv7.Generator{}.New(), a.clock.Now().UTC())
			a.seal(t)
			if found := a.mustVerify(t); found.Entries != 0 || found.Unsealed.Counting != 1 {
				t.Errorf("have %+v", found)
			}
			a.exec(t, "UPDATE platform_audit SET times = 2")
			a.clock.Advance(3 * time.Hour)
			a.seal(t)
			if found := a.mustVerify(t); found.Entries != 1 {
				t.Errorf("have %+v", found)
			}
		},
		"an action is found by its beginning":                                      findsActions,
		"all faults are listed, up to a hundred":                                   listsFaults,
		"what is known outside of the database shows that its end was cut off":     anchors,
		"what the last look found is kept":                                         keepsChecks,
		"what is sealed is sent elsewhere in its order, and again after a failure": streams,
		"nobody has seals left out by changing how far the trail was sent":         streamsAllAgain,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, newAuditTrail(t, open(t)))
		})
	}
	t.Run("nothing is built on what is not as it was sealed", func(t *testing.T) {
		t.Parallel()
		refusesForged(t, open)
	})
	t.Run("what was done behind the program's back shows", func(t *testing.T) {
		t.Parallel()
		tampers(t, open)
	})
}

func expectFault(t *testing.T, a *eventstore.AuditSeals, entry, what string, known ...audit.KnownSeal) {
	t.Helper()
	_, err := a.Verify(t.Context(), known...)
	var fault *eventstore.AuditFault
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), what) || entry != "" && fault.Entry != entry {
		t.Errorf("have %v, want that %s %s", err, entry, what)
	}
}

// tampers does to a trail what somebody with the database's password could do.
func tampers(t *testing.T, open func(t *testing.T) *entstore.DB) {
	t.Helper()
	type tampering struct {
		do   func(t *testing.T, a *auditTrail, id string)
		what string
		seal bool // the fault is that of a seal
	}
	set := func(column string, value any) tampering {
		return tampering{what: "was changed", do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "UPDATE platform_audit SET "+column+" = $1 WHERE id = $2", value, id)
		}}
	}
	for name, c := range map[string]tampering{
		"an entry is removed": {what: "was removed", do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "DELETE FROM platform_audit WHERE id = $1", id)
		}},
		"its actor is changed":        set("actor", "ben"),
		"its action is changed":       set("action", "test.undone"),
		"its resource is changed":     set("resource", "thing:x"),
		"its address is changed":      set("address", "192.0.2.2"),
		"its detail is changed":       set("detail", ""),
		"its impersonator is changed": set("impersonator", "ben"),
		"its count is changed":        set("times", 2),
		"it is moved to another time": set("at", time.Now().UTC().Add(-time.Hour)),
		"two are exchanged": {what: "was changed", do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "UPDATE platform_audit SET at = (SELECT max(at) FROM platform_audit) WHERE id = $1", id)
			a.exec(t, "UPDATE platform_audit SET resource = 'thing:0' WHERE id = $1", id)
		}},
		"it is to be sealed again": {what: "was removed", do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "UPDATE platform_audit SET seal = 0, actor = 'ben' WHERE id = $1", id)
			a.seal(t)
		}},
		"it is moved under another seal": {what: "was removed", do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "UPDATE platform_audit SET seal = 2 WHERE id = $1", id)
		}},
		"its seal forgets it": {what: "was changed, or made without the key", seal: true, do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
			a.exec(t, "UPDATE platform_audit_seals SET entries = 0, leaves = $1 WHERE id = 1", []byte{})
		}},
		"its seal is removed": {what: "seal 1 was removed", seal: true, do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 1")
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
		}},
		"its seal is made to look pruned": {what: "was changed, or made without the key", seal: true, do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "UPDATE platform_audit_seals SET pruned_through = 1, pruned_hash = previous WHERE id = 2")
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 1")
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
		}},
		"another key signs": {what: "signed with a key", seal: true, do: func(t *testing.T, a *auditTrail, id string) {
			a.exec(t, "DELETE FROM platform_audit_seals")
			a.exec(t, "UPDATE platform_audit SET seal = 0")
			if err := a.sealsOf(t, []byte("a secret that somebody else has made")).Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuditTrail(t, open(t))
			ids := a.write(t, 5)
			a.seal(t)
			a.write(t, 5)
			a.seal(t)
			a.mustVerify(t)
			c.do(t, a, ids[2])
			entry := ids[2]
			if c.seal {
				entry = ""
			}
			expectFault(t, a.AuditSeals, entry, c.what)
		})
	}
	t.Run("an entry is added", func(t *testing.T) {
		t.Parallel()
		a := newAuditTrail(t, open(t))
		a.write(t, 5)
		a.seal(t)
		added := a.write(t, 1)[0]
		a.exec(t, "UPDATE platform_audit SET seal = 1 WHERE id = $1", added)
		expectFault(t, a.AuditSeals, added, "was added")
		a.exec(t, "UPDATE platform_audit SET seal = 7 WHERE id = $1", added)
		expectFault(t, a.AuditSeals, added, "its seal is not")
	})
}

func sealsAtOnce(t *testing.T, a *auditTrail) {
	var group sync.WaitGroup
	for range 4 {
		other := a.sealsOf(t, secrets...)
		group.Go(func() {
			for range 5 {
				err := a.db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
					return a.outbox.Audit(tx).Append(ctx, audit.Entry{Actor: "cleo", Action: "test.done", Resource: "thing:1"})
				})
				if err != nil {
					t.Error(err)
				}
				if err := other.Seal(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := other.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	a.seal(t)
	if found := a.mustVerify(t); found.Entries != 20 || found.Unsealed.Waiting != 0 {
		t.Errorf("have %+v", found)
	}
}

func prunesSeals(t *testing.T, a *auditTrail) {
	a.write(t, 1203)
	a.seal(t)
	a.clock.Advance(10 * day)
	a.write(t, 40)
	a.seal(t)
	a.prune(t, 30*day)
	if found := a.mustVerify(t); found.Entries != 1243 || found.PrunedThrough != 0 {
		t.Errorf("while all is young: %+v", found)
	}
	a.clock.Advance(25 * day)
	a.prune(t, 30*day)
	found := a.mustVerify(t)
	if found.Entries != 40 || found.PrunedThrough != 3 || found.PrunedEntries != 1203 {
		t.Errorf("when the first are old: %+v", found)
	}
	known := a.known[0]
	if _, err := a.Verify(t.Context(), known); err != nil {
		t.Errorf("a seal that retention deleted is missed: %v", err)
	}
	a.clock.Advance(100 * day)
	a.write(t, 5) // nobody has sealed them: pruning does
	a.prune(t, 30*day)
	found = a.mustVerify(t)
	if found.Entries != 5 || found.PrunedEntries != 1243 {
		t.Errorf("when all before are old: %+v", found)
	}
	a.prune(t, 30*day)
	if again := a.mustVerify(t); again.Last != found.Last {
		t.Errorf("pruning where there is nothing made seal %d after %d", again.Last, found.Last)
	}
}

func rotatesKeys(t *testing.T, a *auditTrail) {
	later := []byte("the secret that replaces it in these tests")
	a.write(t, 2)
	a.seal(t)
	expectFault(t, a.sealsOf(t, later), "", "signed with a key that is not made from SECRET_KEY")
	both := a.sealsOf(t, append([][]byte{later}, secrets...)...)
	if _, err := both.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	a.write(t, 2)
	if err := both.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.sealsOf(t, later).Verify(t.Context()); err != nil {
		t.Errorf("the new key's seal covers those before: %v", err)
	}
	a.exec(t, "UPDATE platform_audit_seals SET entries = 3 WHERE id = 1")
	if _, err := a.sealsOf(t, later).Verify(t.Context()); err == nil {
		t.Error("a seal of the old key was changed unnoticed")
	}
}

func keepsChecks(t *testing.T, a *auditTrail) {
	var told []eventstore.AuditFaults
	look := a.VerifyHandler(func(_ context.Context, _ eventstore.AuditVerified, faults eventstore.AuditFaults) {
		told = append(told, faults)
	})
	expect := func(at bool, fault string) {
		t.Helper()
		have, err := a.LastCheck(t.Context())
		if err != nil || have.At.IsZero() == at || !strings.Contains(have.Fault, fault) || fault == "" && have.Fault != "" {
			t.Errorf("have %+v, %v", have, err)
		}
	}
	expect(false, "")
	a.write(t, 2)
	a.seal(t)
	if err := look.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	expect(true, "")
	a.exec(t, "DELETE FROM platform_audit")
	if err := look.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	expect(true, "was removed")
	if len(told) != 2 || len(told[0]) != 0 || len(told[1]) != 2 {
		t.Errorf("told %v", told)
	}
	a.exec(t, "UPDATE platform_audit_checks SET fault = ''")
	expect(false, "made without the key")
	a.exec(t, "UPDATE platform_audit_checks SET key_id = '', signature = $1", []byte{})
	expect(false, "") // as if there had been none
	if err := look.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	a.exec(t, "UPDATE platform_audit_checks SET checked_at = $1", a.clock.Now().Add(1000*day).UTC())
	expect(false, "made without the key")
	if state, err := a.AuditState(t.Context()); err != nil || state.LastSeal != 1 || state.SealedAt.IsZero() || !state.CheckedAt.IsZero() || state.Fault == "" {
		t.Errorf("it stands as %+v: %v", state, err)
	}
	if last, err := a.LastSeal(t.Context()); err != nil || last != 1 {
		t.Errorf("the last seal is %d: %v", last, err)
	}
}

// recorded is a sink that fails as often as it is told to.
type recorded struct {
	batches []audit.Sealed
	fail    int
	sending func(number int64) // nil: nothing
}

// Send implements audit.Sink.
func (r *recorded) Send(_ context.Context, batch audit.Sealed) error {
	r.batches = append(r.batches, batch)
	if r.sending != nil {
		r.sending(batch.Number)
	}
	if r.fail--; r.fail >= 0 {
		return errors.New("away")
	}
	return nil
}

func streams(t *testing.T, a *auditTrail) {
	sink := &recorded{}
	send := a.StreamHandler(sink).Run
	if err := send(t.Context(), nil); err != nil || len(sink.batches) != 0 {
		t.Fatalf("of an empty trail it sent %+v: %v", sink.batches, err)
	}
	ids := a.write(t, 501)
	a.seal(t)
	a.write(t, 1) // not sealed, so not sent
	var first streamPosition
	sink.fail = 1
	sink.sending = func(number int64) {
		if number == 2 {
			first = positionOf(t, a)
		}
	}
	if err := send(t.Context(), nil); err == nil || len(sink.batches) != 1 {
		t.Fatalf("a failure ends with %v after %d", err, len(sink.batches))
	}
	for range 2 { // the second finds nothing
		if err := send(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	var numbers []int64
	var sent []string
	for n, b := range sink.batches {
		numbers = append(numbers, b.Number)
		if n > 0 {
			for _, e := range b.Entries {
				sent = append(sent, e.ID)
			}
		}
	}
	if !slices.Equal(numbers, []int64{1, 1, 2}) || !slices.Equal(slices.Sorted(slices.Values(sent)), slices.Sorted(slices.Values(ids))) {
		t.Errorf("sent the seals %v with %d entries", numbers, len(sent))
	}
	if last := sink.batches[2]; !bytes.Equal(last.Hash, a.known[1].Hash) || !bytes.Equal(last.Previous, a.known[0].Hash) {
		t.Errorf("the last seal that was sent is %x after %x", last.Hash, last.Previous)
	}
	a.clock.Advance(100 * 24 * time.Hour)
	a.prune(t, 24*time.Hour)
	if err := send(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if last := sink.batches[len(sink.batches)-1]; last.PrunedThrough == 0 || len(last.Entries) != 0 {
		t.Errorf("what retention did is sent as %+v", last)
	}
	last := sink.batches[len(sink.batches)-1]
	if known, signed := mustSigner(t, secrets...).Verify(last.KeyID, last.Hash, last.Signature); !known || !signed || last.Fault != "" {
		t.Errorf("who receives it cannot verify %+v", last)
	}
	a.write(t, 1)
	a.seal(t)
	a.exec(t, "UPDATE platform_audit SET actor = 'ben'")
	if since, err := a.OldestUnsent(t.Context(), last.Number); err != nil || since.IsZero() {
		t.Errorf("a seal that is not sent waits since %v: %v", since, err)
	}
	if err := send(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if last := sink.batches[len(sink.batches)-1]; !strings.Contains(last.Fault, "was changed") {
		t.Errorf("an entry that was changed is sent as %+v", last)
	}
	first.restore(t, a)
	if err := send(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	passed := slices.ContainsFunc(sink.batches, func(b audit.Sealed) bool { return strings.Contains(b.Fault, "the seals from 2 to 3 are not there") })
	if !passed {
		t.Errorf("seals that retention deleted before they were sent are passed over as %+v", sink.batches)
	}
	a.exec(t, "DELETE FROM platform_audit WHERE seal = (SELECT max(id) FROM platform_audit_seals)")
	a.exec(t, "DELETE FROM platform_audit_seals WHERE id = (SELECT max(id) FROM platform_audit_seals)")
	if err := send(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "was sent and the chain ends with") {
		t.Errorf("beyond the last seal it stops silently: %v", err)
	}
	if err := a.StreamHandler(nil).Run(t.Context(), nil); err == nil {
		t.Error("a process without a sink says that it sent")
	}
}

// streamPosition is the row that says how far the trail was sent.
type streamPosition struct {
	sent      int64
	key       string
	signature []byte
}

func positionOf(t *testing.T, a *auditTrail) (p streamPosition) {
	t.Helper()
	if err := a.db.SQL().QueryRowContext(t.Context(), "SELECT sent, key_id, signature FROM platform_audit_streams").Scan(&p.sent, &p.key, &p.signature); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p streamPosition) restore(t *testing.T, a *auditTrail) {
	t.Helper()
	a.exec(t, "UPDATE platform_audit_streams SET sent = $1, key_id = $2, signature = $3", p.sent, p.key, p.signature)
}

func streamsAllAgain(t *testing.T, a *auditTrail) {
	sink := &recorded{}
	send := func(want ...int64) {
		t.Helper()
		sink.batches = nil
		if err := a.StreamHandler(sink).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		var have []int64
		for n, b := range sink.batches {
			have = append(have, b.Number)
			if again := strings.Contains(b.Fault, "changed past the program"); again != (n == 0 && len(want) > 1) {
				t.Errorf("seal %d is sent with the fault %q", b.Number, b.Fault)
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("sent the seals %v, want %v", have, want)
		}
	}
	sealed := func() {
		t.Helper()
		a.write(t, 1)
		a.seal(t)
	}
	sealed()
	send(1)
	old := positionOf(t, a)
	sealed()
	send(2)

	sealed() // what somebody wants nobody to see
	a.exec(t, "UPDATE platform_audit_streams SET sent = 3")
	if sent, err := a.Streamed(t.Context()); err != nil || sent != 0 {
		t.Errorf("what somebody wrote counts as sent up to %d: %v", sent, err)
	}
	send(1, 2, 3)
	send()
	a.exec(t, "UPDATE platform_audit_streams SET sent = 1000")
	send(1, 2, 3)
	for _, forged := range []streamPosition{{3, old.key, old.signature}, {3, old.key, nil}, {3, "", nil}} {
		forged.restore(t, a)
		send(1, 2, 3)
	}
	old.restore(t, a)
	sink.batches = nil
	if err := a.StreamHandler(sink).Run(t.Context(), nil); err != nil || len(sink.batches) != 2 || sink.batches[0].Fault != "" {
		t.Errorf("after an older position it sent %+v: %v", sink.batches, err)
	}
	a.exec(t, "UPDATE platform_audit_streams SET key_id = 'another'")
	if err := a.StreamHandler(sink).Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "does not have") {
		t.Errorf("with a key that nobody has: %v", err)
	}
}

func findsActions(t *testing.T, a *auditTrail) {
	for _, action := range []string{"test.done", "test.", "test_done", "tesu.done", "Test.done", "test%done", "testé.done", "test.zoë"} {
		a.count(t, audit.Entry{Actor: "cleo", Action: action, Resource: "thing:1"})
	}
	entries, err := a.outbox.AuditEntries(t.Context(), audit.Filter{Action: "test."}, cursor.Position{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Action)
	}
	if slices.Sort(have); !slices.Equal(have, []string{"test.", "test.done", "test.zoë"}) {
		t.Errorf("have %v", have)
	}
}
