// Package pages holds what is true of every page: the tests that render each one
// in its states and read it back as a browser would. The pages themselves are in
// the folders below, one for each context, and their frame is in layout.
//
// Templates are written in templ; `templ generate -path web/pages` makes the
// *_templ.go files beside them.
package pages
