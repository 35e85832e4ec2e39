package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What an uploaded picture may be.
const (
	// AvatarUpload is the most bytes that are accepted.
	AvatarUpload = 3 << 20
	// AvatarSide is the width and height of what is kept, in pixels.
	AvatarSide = 256
)

// What can be wrong with a picture.
var (
	ErrAvatarAbsent   = fault.New(fault.NotFound, "identity.avatar_not_found", "There is no picture.")
	ErrAvatarFormat   = fault.New(fault.Invalid, "identity.avatar_format", "This is not a picture that can be read. Choose a JPEG, PNG, GIF or WebP file.")
	ErrAvatarTooLarge = fault.New(fault.Invalid, "identity.avatar_too_large", "The picture is too large. Choose one of at most 3 MB and 16 million pixels.")
	ErrAvatarsBusy    = fault.New(fault.Unavailable, "identity.avatars_busy", "Many pictures are being prepared at this moment. Try again in a few seconds.")
)

// Picture is an image as it is served: made anew from pixels, so that nothing of
// the uploaded file is left in it.
type Picture struct {
	ContentType string // "image/jpeg" or "image/png"
	Body        []byte
}

// AvatarMaker makes the picture of a person out of whatever file they sent.
type AvatarMaker interface {
	// MakeAvatar decides by the bytes what they are. It crops the middle square,
	// upright as the camera was held, and scales it to AvatarSide. It fails with
	// ErrAvatarFormat, ErrAvatarTooLarge or ErrAvatarsBusy.
	MakeAvatar(ctx context.Context, file []byte) (Picture, error)
}

// Avatar is a person's picture.
type Avatar struct {
	User UserID
	Picture
	ETag      string // changes with the picture; without quotes
	UpdatedAt time.Time
}

// Avatars keeps pictures, one a person.
type Avatars interface {
	Put(ctx context.Context, a Avatar) error
	// Delete is idempotent.
	Delete(ctx context.Context, id UserID) error
}

// AvatarReads reads pictures.
type AvatarReads interface {
	// AvatarOf fails with ErrAvatarAbsent.
	AvatarOf(ctx context.Context, id UserID) (Avatar, error)
	// AvatarETag returns only the ETag; empty for somebody without a picture.
	AvatarETag(ctx context.Context, id UserID) (string, error)
}
