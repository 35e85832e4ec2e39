package content

import "github.com/neoforge-dev/neoforge/ports/fault"

// What can go wrong, as callers see it.
var (
	ErrPostNotFound     = fault.New(fault.NotFound, "content.post_not_found", "There is no such post.")
	ErrAuthorNotFound   = fault.New(fault.NotFound, "content.author_not_found", "There is no such author.")
	ErrAuthorChanged    = fault.New(fault.Conflict, "content.author_changed", "The profile was changed at the same moment. Try again.")
	ErrSitePageNotFound = fault.New(fault.NotFound, "content.site_page_not_found", "There is no such page, or the site's operator has not published it yet.")
	ErrSitePageChanged  = fault.New(fault.Outdated, "content.site_page_changed", "The page was published anew meanwhile. Compare yours with the version that is in force, and publish again.")
	ErrInvalidSitePage  = fault.New(fault.Invalid, "content.invalid_site_page", "Write the text, at most 512,000 bytes of it.")
	ErrMayNotManageSite = fault.New(fault.Forbidden, "content.may_not_manage_site", "Only administrators publish the pages of the site.")
	ErrSlugTaken        = fault.New(fault.Conflict, "content.slug_taken", "Another post has this slug. Choose another one.")
	ErrPostExists       = fault.New(fault.Conflict, "content.post_exists", "This draft is saved already. Open it, and save it once more.")
	ErrInvalidDraftKey  = fault.New(fault.Invalid, "content.draft_key_invalid", "The Idempotency-Key must have 1 to 200 printable ASCII characters.")
	ErrPostChanged      = fault.New(fault.Outdated, "content.post_changed", "The post was changed meanwhile. Load it again, compare, and save once more.")
	ErrAlreadyPublished = fault.New(fault.Conflict, "content.already_published", "The post is published already.")
	ErrNotPublished     = fault.New(fault.Conflict, "content.not_published", "The post is not published.")
	ErrInvalidPost      = fault.New(fault.Invalid, "content.invalid_post", "The post has faults; each is named beside its field.")
	ErrInvalidCursor    = fault.New(fault.Invalid, "content.invalid_cursor", "The cursor is not one that this list gave out. Start without one.")
	ErrMayNotShare      = fault.New(fault.Forbidden, "content.may_not_share", "Only its author decides with whom a post is shared.")
	ErrUnknownShare     = fault.New(fault.Invalid, "content.unknown_share", "A post is shared to read, edit or publish it. Choose one of them.")
	ErrMayNotWrite      = fault.New(fault.Forbidden, "content.may_not_write", "Only authors write posts. Ask an administrator for the role.")
	ErrMayNotPublish    = fault.New(fault.Forbidden, "content.may_not_publish", "You may write posts but not publish them. Ask an editor to publish it.")
)
