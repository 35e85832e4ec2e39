// Package docpages is how the documentation is read.
package docpages
