package contenthttp

import "github.com/neoforge-dev/neoforge/ports/fault"

var errNoSuchTag = fault.New(fault.NotFound, "content.tag_not_found", "There are no posts with this tag.")
