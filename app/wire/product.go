package wire

import "io/fs"

// Product is a program: what its site is called, and the modules that it is made of.
type Product struct {
	// Name is what the site calls itself in titles and mails. Empty: NeoForge.
	Name string
	// Dist holds what browsers get, bundled; a release needs it. nil: the files that
	// NeoForge's own release carries, and in development the sources.
	Dist    fs.FS
	Modules []Module
}

// neoForge is the name of a site whose product has none.
const neoForge = "NeoForge"
