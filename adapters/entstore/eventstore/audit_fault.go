package eventstore

import (
	"errors"
	"fmt"
)

// AuditFault is something about the audit trail that is not as it was sealed.
type AuditFault struct {
	Seal  int64  // 0: none in particular
	Entry string // the id; empty: the seal itself
	Kind  AuditFaultKind
	// More says which others it concerns, or what stands there instead; usually empty.
	More string
}

// AuditFaultKind is a way in which the audit trail can differ from what was sealed.
type AuditFaultKind int

// The kinds of faults.
const (
	EntryRemoved AuditFaultKind = iota + 1
	EntryChanged
	EntryAdded
	EntryWithoutSeal
	SealRemoved
	SealAdded
	SealReplaced
	SealForged
	SealMalformed
	KeyUnknown
	KnownMissing
	KnownReplaced
)

var auditFaultKinds = map[AuditFaultKind]struct{ what, advice string }{
	EntryRemoved:     {"was removed", "Somebody deleted the entry past the program. Find it by its id in the lines of AUDIT_STREAM, or in a backup."},
	EntryChanged:     {"was changed", "Somebody changed the entry past the program. Find by its id what it said in the lines of AUDIT_STREAM, or in a backup."},
	EntryAdded:       {"was added", "Somebody wrote the entry past the program, under a seal that was made before. Do not believe it."},
	EntryWithoutSeal: {"is there and its seal is not: the seal was removed, or the entry added", "Compare the number of the seal with those in the log and in the lines of AUDIT_STREAM: where they know it, the seal was removed; otherwise do not believe the entry."},
	SealRemoved:      {"was removed", "Somebody deleted the seal past the program: retention would have left a signed seal that says so. Its entries are in the lines of AUDIT_STREAM, or in a backup."},
	SealAdded:        {"was added: it stands before the beginning of the chain", "Somebody wrote the seal past the program. Do not believe it, nor the entries under it."},
	SealReplaced:     {"does not continue the one before: one of the two was replaced", "Compare both with the hashes in the log and in the lines of AUDIT_STREAM: the one that differs was replaced."},
	SealForged:       {"was changed, or made without the key", "Somebody wrote the seal past the program. Compare it with the lines of AUDIT_STREAM, or with a backup."},
	SealMalformed:    {"does not list as many entries as it counts", "Somebody changed the seal past the program. Compare it with the lines of AUDIT_STREAM, or with a backup."},
	KeyUnknown: {"is signed with a key that is not made from SECRET_KEY, and no seal of a key that is covers it: add the value that it had then behind the one of today",
		"If SECRET_KEY was never another, somebody made the seal with a key of their own."},
	KnownMissing: {"is known and not there", "The newest seals were removed, or the database is an older copy. If you have restored it on purpose, see \"After a restore\" in the runbook; if not, compare with the lines of AUDIT_STREAM what is missing."},
	KnownReplaced: {"is not the one that is known: the chain was replaced",
		"The chain was written anew, or the database is an older copy that went on. Believe nothing from this seal on before it is compared with the lines of AUDIT_STREAM."},
}

// Error implements error.
func (f *AuditFault) Error() string {
	text := auditFaultKinds[f.Kind].what
	if f.More != "" {
		text += f.More
	}
	if f.Entry != "" {
		return fmt.Sprintf("entry %s under seal %d %s", f.Entry, f.Seal, text)
	}
	return fmt.Sprintf("seal %d %s", f.Seal, text)
}

// Advice says what a fault of the kind means and what to do.
func (k AuditFaultKind) Advice() string { return auditFaultKinds[k].advice }

func removedSeals(first, last int64) *AuditFault {
	f := &AuditFault{Seal: first, Kind: SealRemoved}
	if last > first {
		f.More = fmt.Sprintf(", and those behind it up to %d", last)
	}
	return f
}

func isFault(err error) bool {
	var fault *AuditFault
	return errors.As(err, &fault)
}

// maxFaults bounds the faults that one look lists.
const maxFaults = 100

// AuditFaults are all that a look found, up to 100.
type AuditFaults []*AuditFault

// Error implements error.
func (f AuditFaults) Error() string {
	if len(f) == 1 {
		return f[0].Error()
	}
	return fmt.Sprintf("%s; and %d more", f[0].Error(), len(f)-1)
}

// Unwrap finds the first for errors.As.
func (f AuditFaults) Unwrap() error { return f[0] }

func (f *AuditFaults) add(more ...*AuditFault) {
	*f = append(*f, more[:min(len(more), f.room())]...)
}

func (f *AuditFaults) room() int { return maxFaults - len(*f) }
