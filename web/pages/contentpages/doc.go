// Package contentpages is how the publication looks: the home page, lists of
// posts, a post, the studio where posts are written, and what is shown when
// something is missing, forbidden or broken.
package contentpages
