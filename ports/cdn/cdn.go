// Package cdn is what the program asks of the network in front of it that keeps public
// pages: to purge those that a change made stale.
//
// A page carries its cache tags in the header Cache-Tag, and a purge names the same ones.
// They are those of ports/cache, in the form that [Tag] gives them.
package cdn

import (
	"context"
	"net/url"
	"strings"
)

// HeaderName is the header of an answer that carries its tags, for the network alone.
const HeaderName = "Cache-Tag"

// maxTag is the most bytes that a tag may have in the header and in a purge.
const maxTag = 1024

// Purger purges pages of the network. It is asked in a job, after the change was
// committed, and more than once for the same tags.
type Purger interface {
	// Purge returns when all pages that carry one of the tags are purged. Another try
	// may succeed after any error; a *jobs.Postponed says when.
	Purge(ctx context.Context, tags ...string) error
}

// Tag is a tag of the cache as it stands in the header: in ASCII, without spaces and
// commas, in lower case, because the network does not tell case apart. One that is too
// long is cut, so that a purge may reach further than it has to and never less far.
func Tag(tag string) string {
	tag = strings.ToLower(url.QueryEscape(tag))
	return tag[:min(len(tag), maxTag)]
}

// Header is the value of [HeaderName] for an answer with the tags; empty for none.
func Header(tags []string) string {
	out := make([]string, len(tags))
	for i, t := range tags {
		out[i] = Tag(t)
	}
	return strings.Join(out, ",")
}
