// Package catalogpages is the component guide: every element and every pattern of the
// pages, live, in all its states, with the code to paste.
//
// An example is a templ component of a file that is embedded as well, so the code that is
// shown is the code that was rendered. What a page may use of an element is read from the
// custom-elements manifest, which is made of the element's own comments.
package catalogpages
