package web

import _ "embed"

// Elements is the custom-elements manifest of the islands: what a page may use of each of
// them. The tests of this package make it anew from the islands and compare.
//
//go:embed custom-elements.json
var Elements []byte
