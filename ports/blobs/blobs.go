// Package blobs keeps files: bytes under a key, in a folder or in an object store.
//
// A key is written once and whole: whoever reads it gets every byte of it or
// [ErrNotFound], also after the program was killed while it was written. There is no
// transaction with the database, so files are written before the row that names them and
// deleted after it; what is left in between is found by [Store.List].
package blobs

import (
	"context"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

var (
	// ErrNotFound reports that nothing is kept under a key.
	ErrNotFound = fault.New(fault.NotFound, "blobs.not_found", "There is no such file.")
	// ErrUnavailable reports that the store does not answer, or has no room left.
	ErrUnavailable = fault.New(fault.Unavailable, "blobs.unavailable", "Files cannot be kept or read at this moment. Try again in a minute.")
)

// Info is what a store knows of a file.
type Info struct {
	Key        string
	Size       int64
	ModifiedAt time.Time
}

// File is an open file; Close it. Size is that of the whole file, whatever part of it was
// asked for.
type File struct {
	io.ReadCloser
	Size int64
}

// Range is a part of a file: Length bytes from Offset on; a Length of 0 is up to its end. One
// that begins behind the end has no bytes.
type Range struct{ Offset, Length int64 }

// Store keeps files. All methods fail with ErrUnavailable when the store is away, and with
// the error of ctx.
type Store interface {
	// Put keeps size bytes of r, at least one, under a key, in place of what was there; contentType is
	// told to who reads the object store without this program. A reader that ends before
	// leaves what was there, and is io.ErrUnexpectedEOF.
	Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error
	// Get opens a file, or a part of it; ErrNotFound.
	Get(ctx context.Context, key string, part Range) (File, error)
	// Delete removes a file; it is no error that there is none.
	Delete(ctx context.Context, key string) error
	// List calls each for every file whose key begins with prefix, which ends in a slash,
	// in the order of the keys and after the key named after; empty: from the first. It
	// ends with the first error of each.
	List(ctx context.Context, prefix, after string, each func(Info) error) error
}

var segment = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,99}$`)

// maxKey is how long a key may be, in bytes.
const maxKey = 500

// ValidKey reports whether a key is one: segments of lower-case letters, digits, dots and
// hyphens, none of which begins with a dot or a hyphen, parted by slashes.
func ValidKey(key string) bool {
	if len(key) > maxKey {
		return false
	}
	for part := range strings.SplitSeq(key, "/") {
		if !segment.MatchString(part) {
			return false
		}
	}
	return true
}
