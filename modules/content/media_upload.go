package content

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	// UploadTTL is how long an upload that gets no further part is kept.
	UploadTTL = 24 * time.Hour
	// MaxUploadPart is the most bytes of a part of one.
	MaxUploadPart = 2 << 20
	// MaxOpenUploads is how many of somebody's are under way at once.
	MaxOpenUploads = 50
)

// Upload is a file on its way. The picture that becomes of it has its id.
type Upload struct {
	ID       MediaID
	Owner    identityport.UserID
	Replaces MediaID // the picture whose file it is to be; empty: a new one
	MediaDescription
	Bytes     int64    // of the whole file
	Received  int64    // of these
	Parts     []string // their names, in order
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Key is under which a part is kept.
func (u Upload) Key(part string) string { return path.Join(uploadKeys, string(u.ID), part) }

const uploadKeys = "uploads"

// UploadPart names the part of an upload that begins at a byte. Of two that are sent at once
// each has an id of its own.
func UploadPart(offset int64, id string) string { return fmt.Sprintf("%012d-%s", offset, id) }

// UploadKeys is what the keys of an upload begin with.
func UploadKeys(id MediaID) string { return path.Join(uploadKeys, string(id)) + "/" }

// Complete reports whether every byte is there.
func (u Upload) Complete() bool { return u.Received == u.Bytes }

// UploadStore keeps uploads.
type UploadStore interface {
	// InsertUpload fails with ErrTooManyUploads where the owner has MaxOpenUploads.
	InsertUpload(ctx context.Context, u Upload) error
	// AddPart notes a part of some bytes behind the first seen; ErrUploadOffset when another
	// number has been received, ErrUploadNotFound.
	AddPart(ctx context.Context, id MediaID, seen int64, part string, bytes int64, expires time.Time) error
	// DeleteUpload removes one; ErrUploadNotFound.
	DeleteUpload(ctx context.Context, id MediaID) error
}

// UploadReads reads uploads.
type UploadReads interface {
	// UploadByID fails with ErrUploadNotFound.
	UploadByID(ctx context.Context, id MediaID) (Upload, error)
	// UploadsByIDs returns those that are there, in no order.
	UploadsByIDs(ctx context.Context, ids []MediaID) ([]Upload, error)
	// UploadsExpired lists up to limit that expired before t, those that expired first first.
	UploadsExpired(ctx context.Context, t time.Time, limit int) ([]Upload, error)
	// UploadsComplete lists up to limit of which every byte has arrived, and the last of
	// them before t.
	UploadsComplete(ctx context.Context, t time.Time, limit int) ([]Upload, error)
	// UploadedSince is how many bytes somebody uploaded since t, and is uploading.
	UploadedSince(ctx context.Context, owner identityport.UserID, t time.Time) (int64, error)
}
