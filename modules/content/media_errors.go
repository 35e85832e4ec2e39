package content

import "github.com/neoforge-dev/neoforge/ports/fault"

// What can go wrong with pictures, as callers see it.
var (
	ErrMediaNotFound   = fault.New(fault.NotFound, "content.media_not_found", "There is no such picture.")
	ErrMediaExists     = fault.New(fault.Conflict, "content.media_exists", "This picture was uploaded already.")
	ErrMediaChanged    = fault.New(fault.Conflict, "content.media_changed", "The picture was changed at the same moment. Try again.")
	ErrMediaShown      = fault.New(fault.Forbidden, "content.media_shown", "A post that readers see, or will by itself, or a page of the site shows this picture. Upload the other one as a new picture, and ask somebody who may publish the post.")
	ErrMediaInUse      = fault.New(fault.Conflict, "content.media_in_use", "The picture stands in posts. Take it out of them first; the library lists where it is used.")
	ErrMediaInSitePage = fault.New(fault.Conflict, "content.media_in_site_page", "The picture stands in a page of the site, of which every version is kept, so it is not deleted. Replace its file instead.")
	ErrMediaEdited     = fault.New(fault.Outdated, "content.media_edited", "The picture was changed meanwhile. Load it again, compare, and save once more.")
	ErrMediaFormat     = fault.New(fault.Invalid, "content.media_format", "This is not a picture that can be read. Choose a JPEG, PNG, GIF or WebP file.")
	ErrMediaTooLarge   = fault.New(fault.Invalid, "content.media_too_large", "The picture is too large. Choose one of fewer bytes, at most 52 million pixels and 16,000 pixels a side; an animation has at most 1,000 frames.")
	ErrMediaQuota      = fault.New(fault.TooMany, "content.media_quota", "You have uploaded as much as one person may in a day. Go on tomorrow (UTC), or ask the operator for more.")
	ErrInvalidMedia    = fault.New(fault.Invalid, "content.invalid_media", "What is said of the picture has faults; each is named beside its field.")
	ErrUploadNotFound  = fault.New(fault.NotFound, "content.upload_not_found", "There is no such upload, or it was not continued in time. Begin it again.")
	ErrUploadOffset    = fault.New(fault.Conflict, "content.upload_offset", "The upload is at another place than this part. Ask where by HEAD, and go on from there.")
	ErrUploadPart      = fault.New(fault.Invalid, "content.upload_part", "A part has at most 2 MiB, and no byte beyond the end of the file. Send smaller parts.")
	ErrUploadChecksum  = fault.New(fault.Conflict, "content.upload_checksum", "The part did not arrive as it was sent. Send it once more.")
	ErrTooManyUploads  = fault.New(fault.Conflict, "content.too_many_uploads", "Too many uploads of yours are under way. Finish or cancel some first.")
)
