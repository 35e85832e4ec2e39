package entstoretest

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/ports/audit"
)

// counts are the entries and seals in the tables, and those that are sealed.
func (a *auditTrail) counts(t *testing.T) (entries, sealed, seals int) {
	t.Helper()
	const query = `SELECT (SELECT count(*) FROM platform_audit), (SELECT count(*) FROM platform_audit WHERE seal > 0), (SELECT count(*) FROM platform_audit_seals)`
	if err := a.db.SQL().QueryRowContext(t.Context(), query).Scan(&entries, &sealed, &seals); err != nil {
		t.Fatal(err)
	}
	return entries, sealed, seals
}

const day = 24 * time.Hour

// refusesForged does to a trail what somebody could do who can write to the tables and has
// not the key, and expects that neither sealing nor retention goes on from there.
func refusesForged(t *testing.T, open func(t *testing.T) *entstore.DB) {
	t.Helper()
	stranger := []byte("a secret that somebody else has made")
	for name, c := range map[string]struct {
		do    func(t *testing.T, a *auditTrail)
		what  string
		quiet bool // until the next look at all of it
	}{
		"the last seal was changed": {what: "was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "UPDATE platform_audit_seals SET entries = 0, leaves = $1 WHERE id = 3", []byte{})
		}},
		"the last seal has another's signature": {what: "was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "UPDATE platform_audit_seals SET signature = (SELECT s.signature FROM platform_audit_seals s WHERE s.id = 2) WHERE id = 3")
		}},
		"the last seal was signed with a key of somebody else": {what: "signed with a key that is not made from SECRET_KEY", quiet: true, do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit_seals")
			a.exec(t, "UPDATE platform_audit SET seal = 0")
			if err := a.sealsOf(t, stranger).Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
		"the seal before the last was removed": {what: "seal 2 was removed", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 2")
		}},
		"the seal before the last was replaced": {what: "seal 3 does not continue the one before", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "UPDATE platform_audit_seals SET latest = $1 WHERE id = 2", a.clock.Now().Add(-time.Hour).UTC())
		}},
		"an entry under the last seal was removed": {what: "was removed", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 3")
		}},
		"an entry under the last seal was changed": {what: "was changed", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "UPDATE platform_audit SET actor = 'ben' WHERE seal = 3")
		}},
		"the newest seal was removed, and its entries are there": {what: "under seal 3 is there and its seal is not", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 3")
		}},
		"every seal was removed": {what: "under seal 1 is there and its seal is not", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit_seals")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuditTrail(t, open(t))
			for range 3 {
				a.write(t, 2)
				a.seal(t)
			}
			c.do(t, a)
			a.clock.Advance(100 * day)
			a.write(t, 2)
			entries, sealed, seals := a.counts(t)
			if err := a.SealHandler().Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.what) {
				t.Errorf("sealing ends with %v; want that it %s", err, c.what)
			}
			check, err := a.LastCheck(t.Context())
			if told := len(a.refused) == 1 && strings.Contains(check.Fault, c.what); err != nil || told == c.quiet {
				t.Errorf("the next look is waited for: %+v, %v; told of %v", check, err, a.refused)
			}
			retention := a.outbox.PruneHandler(eventstore.Retention{Audit: 50 * day}, a.queue, a.AuditSeals)
			if err := retention.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.what) {
				t.Errorf("retention ends with %v; want that it %s", err, c.what)
			}
			if e, l, s := a.counts(t); e != entries || l != sealed || s != seals {
				t.Errorf("there are %d entries, %d of them sealed, under %d seals; before there were %d, %d and %d", e, l, s, entries, sealed, seals)
			}
		})
	}
	for name, c := range map[string]struct {
		do   func(t *testing.T, a *auditTrail)
		what string
	}{
		"the date of a seal was moved back": {what: "seal 1 was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "UPDATE platform_audit_seals SET latest = $1 WHERE id = 1", a.clock.Now().Add(-100*day).UTC())
		}},
		"an old seal forgets its entries": {what: "seal 1 was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.exec(t, "UPDATE platform_audit_seals SET entries = 0, leaves = $1 WHERE id = 1", []byte{})
			a.exec(t, "UPDATE platform_audit SET seal = 2 WHERE seal = 1")
		}},
		"an old entry was changed": {what: "was changed", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.exec(t, "UPDATE platform_audit SET actor = 'ben' WHERE seal = 1")
		}},
		"an old entry was removed": {what: "was removed", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
		}},
		"the head was removed by hand": {what: "seal 1 was removed", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 1")
		}},
		"a seal that says that the head was pruned is forged": {what: "seal 3 was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.exec(t, "UPDATE platform_audit_seals SET pruned_through = 1, pruned_hash = (SELECT s.previous FROM platform_audit_seals s WHERE s.id = 2) WHERE id = 3")
			a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 1")
		}},
	} {
		t.Run("retention: "+name, func(t *testing.T) {
			t.Parallel()
			a := newAuditTrail(t, open(t))
			for range 5 {
				a.write(t, 2)
				a.seal(t)
			}
			c.do(t, a)
			entries, _, seals := a.counts(t)
			retention := a.outbox.PruneHandler(eventstore.Retention{Audit: 50 * day}, a.queue, a.AuditSeals)
			if err := retention.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.what) {
				t.Errorf("it ends with %v; want that %s", err, c.what)
			}
			if e, _, s := a.counts(t); e != entries || s != seals {
				t.Errorf("there are %d entries under %d seals; before there were %d and %d", e, s, entries, seals)
			}
			expectFault(t, a.AuditSeals, "", c.what)
		})
	}
	for name, c := range map[string]struct {
		do   func(t *testing.T, a *auditTrail)
		what string
	}{
		"a seal that says that all before it and itself is pruned": {what: "seal 5 was changed, or made without the key", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, "DELETE FROM platform_audit")
			a.exec(t, "DELETE FROM platform_audit_seals WHERE id < 5")
			a.exec(t, "UPDATE platform_audit_seals SET pruned_through = 5, pruned_hash = previous, key_id = 'unknown' WHERE id = 5")
		}},
		"a seal with a number below 1": {what: "seal -1 was added", do: func(t *testing.T, a *auditTrail) {
			a.exec(t, `INSERT INTO platform_audit_seals (id, entries, leaves, latest, previous, sealed_at, key_id, signature)
				SELECT -1, entries, leaves, latest, previous, sealed_at, key_id, signature FROM platform_audit_seals WHERE id = 5`)
		}},
		"a seal from before the beginning": {what: "seal 1 was added", do: func(t *testing.T, a *auditTrail) {
			a.clock.Advance(100 * day)
			a.prune(t, 50*day)
			a.exec(t, `INSERT INTO platform_audit_seals (id, entries, leaves, latest, previous, sealed_at, key_id, signature)
				SELECT 1, entries, leaves, latest, previous, sealed_at, key_id, signature FROM platform_audit_seals WHERE id = 6`)
		}},
	} {
		t.Run("verifying finds "+name, func(t *testing.T) {
			t.Parallel()
			a := newAuditTrail(t, open(t))
			for range 5 {
				a.write(t, 2)
				a.seal(t)
			}
			c.do(t, a)
			expectFault(t, a.AuditSeals, "", c.what)
		})
	}
	t.Run("retention deletes what a key sealed that is gone, when a later one covers it", func(t *testing.T) {
		t.Parallel()
		a := newAuditTrail(t, open(t))
		later := []byte("the secret that replaces it in these tests")
		a.write(t, 2)
		a.seal(t)
		a.clock.Advance(100 * day)
		a.write(t, 2)
		if err := a.sealsOf(t, later, secrets[0]).Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.AuditSeals = a.sealsOf(t, later)
		a.prune(t, 50*day)
		if found := a.mustVerify(t); found.PrunedThrough != 1 || found.Entries != 2 {
			t.Errorf("have %+v", found)
		}
		a.clock.Advance(100 * day)
		a.write(t, 2)
		a.seal(t)
		a.AuditSeals = a.sealsOf(t, []byte("a third secret of these tests"))
		a.write(t, 1)
		if err := a.SealHandler().Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "add the value that it had then") {
			t.Errorf("a chain that ends with an unknown key is gone on with: %v", err)
		}
		if check, err := a.LastCheck(t.Context()); err != nil || check.Fault != "" {
			t.Errorf("a process that has not the new key yet has somebody paged: %+v, %v", check, err)
		}
	})
}

func listsFaults(t *testing.T, a *auditTrail) {
	for range 3 {
		a.write(t, 150)
		a.seal(t)
	}
	a.exec(t, "DELETE FROM platform_audit WHERE seal = 1 AND resource = 'thing:7'")
	a.exec(t, "UPDATE platform_audit SET actor = 'ben' WHERE seal = 2 AND resource = 'thing:8'")
	a.exec(t, "UPDATE platform_audit_seals SET latest = $1 WHERE id = 2", a.clock.Now().UTC())
	kinds := func() (out []eventstore.AuditFaultKind, more bool) {
		found, err := a.Verify(t.Context())
		var faults eventstore.AuditFaults
		if !errors.As(err, &faults) {
			t.Fatal(err)
		}
		for _, f := range faults {
			out = append(out, f.Kind)
			if f.Kind.Advice() == "" {
				t.Errorf("nothing says what to do: %v", f)
			}
		}
		return out, found.More
	}
	have, more := kinds()
	if len(have) != 4 || have[0] != eventstore.EntryRemoved || have[1] != eventstore.SealForged || have[2] != eventstore.EntryChanged || have[3] != eventstore.SealReplaced || more {
		t.Errorf("have %v, more %v", have, more)
	}
	a.exec(t, "DELETE FROM platform_audit WHERE seal = 1")
	if have, more := kinds(); len(have) != 100 || !more {
		t.Errorf("have %d, more %v", len(have), more)
	}
}

// remembered is an anchor in memory.
type remembered struct {
	mu   sync.Mutex
	seal audit.KnownSeal
	err  error
}

// Newest implements audit.Anchor.
func (r *remembered) Newest() (audit.KnownSeal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seal, r.err
}

// Keep implements audit.Anchor.
func (r *remembered) Keep(seal audit.KnownSeal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seal.Number > r.seal.Number {
		r.seal = seal
	}
	return r.err
}

func anchors(t *testing.T, a *auditTrail) {
	anchor := &remembered{}
	a.anchor = anchor
	a.AuditSeals = a.sealsOf(t, secrets...)
	other := &remembered{} // of a process on another machine
	a.anchor = other
	elsewhere := a.sealsOf(t, secrets...)
	expect := func(what string) {
		t.Helper()
		if err := a.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("sealing ends with %v; want that %s", err, what)
		}
		expectFault(t, a.AuditSeals, "", what)
	}
	for range 2 {
		a.write(t, 2)
		a.seal(t)
	}
	if err := elsewhere.Seal(t.Context()); err != nil || other.seal.Number != 2 {
		t.Errorf("where there is nothing to seal, %d is remembered: %v", other.seal.Number, err)
	}
	a.exec(t, "DELETE FROM platform_audit WHERE seal = 2")
	a.exec(t, "DELETE FROM platform_audit_seals WHERE id = 2")
	expect("seal 2 is known and not there: the chain ends with 1")
	unanchored := a.outbox.AuditSeals(mustSigner(t, secrets...), eventstore.AuditOptions{})
	a.write(t, 1)
	if err := unanchored.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("seal 2 is not the one that is known")
	a.exec(t, "DELETE FROM platform_audit")
	a.exec(t, "DELETE FROM platform_audit_seals")
	expect("seal 2 is known and not there: the chain ends with 0")
	anchor.err = errors.New("the disk is away")
	a.write(t, 1)
	if err := a.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "the disk is away") {
		t.Errorf("without what is known outside it is sealed: %v", err)
	}
	if _, err := a.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "the disk is away") {
		t.Errorf("without what is known outside it is verified: %v", err)
	}
	anchor.err, anchor.seal = nil, audit.KnownSeal{} // what an operator does who restored a copy
	a.seal(t)
	a.mustVerify(t)
	a.clock.Advance(100 * day)
	a.write(t, 1)
	if err := unanchored.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.outbox.PruneHandler(eventstore.Retention{Audit: 50 * day}, a.queue, unanchored).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	a.seal(t) // it remembers a seal that retention deleted, and a signed one says so
	if found := a.mustVerify(t); found.PrunedThrough != 1 || anchor.seal.Number != 3 {
		t.Errorf("have %+v, remembered %d", found, anchor.seal.Number)
	}
}
