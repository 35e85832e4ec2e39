// Package schema declares the tables of content: posts, authors and the site's own pages.
package schema
