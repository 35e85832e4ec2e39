// Package islandssr paints islands before any script runs: it renders Lit elements to declarative shadow DOM, with the
// marks that hydration needs, inside the program.
//
// It owns the JavaScript engines (goja) that do so, each used by one render at a time, and a bounded cache of results. It
// promises the bytes that Node gives for the same script; the same bytes for the same element, attributes and data; and
// that a page never fails for an island: what cannot be rendered becomes its plain tag around its children, which the
// browser then renders by itself.
package islandssr
