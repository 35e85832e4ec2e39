package entstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

var errNoID = errors.New("not an id")

// ID reads an id of the domain. Only the canonical form is one: another spelling
// of the same id would slip past whatever compares ids as text. [Failure] takes
// the error for the absence of the row.
func ID[T ~string](s T) (uuid.UUID, error) {
	id, err := uuid.Parse(string(s))
	if err != nil || id.String() != string(s) {
		return uuid.UUID{}, fmt.Errorf("%w: %q", errNoID, string(s))
	}
	return id, nil
}

// IDs reads those that are ids and passes over the others.
func IDs[T ~string](all []T) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(all))
	for _, s := range all {
		if id, err := ID(s); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// Null is how a time that may be zero is kept.
func Null(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Time is how a time that may be zero is read.
func Time(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// NullText is how a text that may be absent from a unique index is kept.
func NullText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Text is how such a text is read.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
