// Package contentpages is how the publication looks: the home page, lists of
// posts, a post, and the studio where posts are written.
package contentpages
