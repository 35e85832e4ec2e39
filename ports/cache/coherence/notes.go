package coherence

import "time"

// Reader is a cache that follows the notes of changes which are kept with the changes
// themselves. Its methods are called one at a time.
type Reader interface {
	// Stale is one note: what a change of this process, or of another one, made stale.
	Stale(id int64, tags []string, own bool)
	// Seen says that every note committed before at was handed over.
	Seen(at time.Time)
	// Missed says that notes may have been lost.
	Missed()
	// Rewound says that the database is an earlier one than it was: a standby that had not
	// received everything took over, or a backup was restored. What is cached may never
	// have happened, and later notes have the ids of lost ones.
	Rewound()
	// Away says that the notes cannot be read.
	Away(err error)
}
