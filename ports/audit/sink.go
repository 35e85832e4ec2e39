package audit

import (
	"context"
	"time"
)

// Sealed is a batch of entries with the seal over it, as it leaves the program.
type Sealed struct {
	Number   int64
	Hash     []byte // of the seal
	Previous []byte // the hash of the seal before
	SealedAt time.Time
	Latest   time.Time // of the entries' times
	// KeyID names the Ed25519 key whose Signature over Hash this is.
	KeyID     string
	Signature []byte
	// PrunedThrough is the last seal that retention deleted, where the seal is about that;
	// PrunedHash is its hash, and PrunedEntries is how many entries went in all.
	PrunedThrough int64
	PrunedHash    []byte
	PrunedEntries int64
	Entries       []Entry
	// Fault says what is not as it was sealed; empty when all is.
	Fault string
}

// Sink takes the trail elsewhere.
type Sink interface {
	// Send takes a batch. One whose Send failed, or whose sender ended before it said so, is
	// sent again: its number tells.
	Send(ctx context.Context, batch Sealed) error
}
