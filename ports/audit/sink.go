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
	// PrunedThrough is the last seal that retention deleted, where the seal is about that.
	PrunedThrough int64
	Entries       []Entry
}

// Sink takes the trail elsewhere.
type Sink interface {
	// Send takes a batch. One whose Send failed, or whose sender ended before it said so, is
	// sent again: its number tells.
	Send(ctx context.Context, batch Sealed) error
}
