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
	// maxUploadParts is about how many parts an upload is made of: each is a file and a name
	// in the row.
	maxUploadParts = 1_000
)

// Upload is a file on its way. The picture that becomes of it has its id. It stays until it
// expires when it is one, so that who lost the last answer learns of it.
type Upload struct {
	ID       MediaID
	Owner    identityport.UserID
	Replaces MediaID // the picture whose file it is to be; empty: a new one
	Seen     int     // the edits that were seen of that picture; 0: a release before began it
	MediaDescription
	Bytes     int64    // of the whole file
	Received  int64    // of these
	Parts     []string // their names, in order; none once it is finished
	Finished  bool     // it is the picture Picture
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

// Picture is the picture that becomes of it: a new one, or the one whose file it is to be.
func (u Upload) Picture() MediaID {
	if u.Replaces != "" {
		return u.Replaces
	}
	return u.ID
}

// MinPart is how many bytes every part but the last has at least, so that a file is not sent
// byte by byte.
func (u Upload) MinPart() int64 {
	return min((u.Bytes+maxUploadParts-1)/maxUploadParts, MaxUploadPart)
}

// TakesPart checks the size of a part that begins behind what was received; ErrUploadPart.
func (u Upload) TakesPart(bytes int64) error {
	left := u.Bytes - u.Received
	switch {
	case bytes > MaxUploadPart || bytes > left:
		return ErrUploadPart
	case bytes > 0 && bytes < left && bytes < u.MinPart():
		return ErrUploadPart.WithMessage(fmt.Sprintf("Each part of this file but the last has at least %d bytes. Send larger parts.", u.MinPart()))
	}
	return nil
}

// UploadStore keeps uploads.
type UploadStore interface {
	// TakeQuota takes bytes of what somebody may upload on the day of a moment, in UTC, and
	// has their other uploads wait until the transaction ends; ErrMediaQuota where that makes
	// more than most. Nothing gives any back, so that who deletes has not uploaded less.
	TakeQuota(ctx context.Context, owner identityport.UserID, at time.Time, bytes, most int64) error
	// DeleteQuotas removes what was taken before the day of a moment.
	DeleteQuotas(ctx context.Context, before time.Time) error
	// InsertUpload fails with ErrTooManyUploads where the owner has MaxOpenUploads that are
	// neither finished nor expired when it was created. Of several at once each sees the others,
	// also of those that were created before midnight and after it.
	InsertUpload(ctx context.Context, u Upload) error
	// AddPart notes a part of some bytes behind the first seen; ErrUploadOffset when another
	// number has been received, ErrUploadNotFound.
	AddPart(ctx context.Context, id MediaID, seen int64, part string, bytes int64, expires time.Time) error
	// FinishUpload says that an upload is its picture, and names no parts any more;
	// ErrUploadNotFound when there is none, or another was quicker.
	FinishUpload(ctx context.Context, id MediaID) error
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
	// UploadsComplete lists up to limit of which every byte has arrived, the last of them
	// before t, and that are not finished.
	UploadsComplete(ctx context.Context, t time.Time, limit int) ([]Upload, error)
	// QuotaTaken is how many bytes somebody has taken of the quota of a day.
	QuotaTaken(ctx context.Context, owner identityport.UserID, at time.Time) (int64, error)
}
