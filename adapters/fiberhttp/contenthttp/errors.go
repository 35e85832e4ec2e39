package contenthttp

import "github.com/neoforge-dev/neoforge/ports/fault"

var (
	errNoSuchMonth = fault.New(fault.NotFound, "content.month_not_found", "Nothing was published then. The archive lists the months in which something was.")
	errNoSuchPart  = fault.New(fault.NotFound, "content.sitemap_part_not_found", "The map of the site has no such part. Its parts stand in /sitemap.xml.")
)
