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
	// TakeQuota takes bytes of what somebody may upload on the day of a moment, in UTC, and
	// has their other uploads wait until the transaction ends; ErrMediaQuota where that makes
	// more than most. Nothing gives any back, so that who deletes has not uploaded less.
	TakeQuota(ctx context.Context, owner identityport.UserID, at time.Time, bytes, most int64) error
	// DeleteQuotas removes what was taken before the day of a moment.
	DeleteQuotas(ctx context.Context, before time.Time) error
	// InsertUpload fails with ErrTooManyUploads where the owner has MaxOpenUploads. Of several
	// at once each sees the others after TakeQuota.
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
	// QuotaTaken is how many bytes somebody has taken of the quota of a day.
	QuotaTaken(ctx context.Context, owner identityport.UserID, at time.Time) (int64, error)
}
