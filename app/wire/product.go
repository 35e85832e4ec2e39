package wire

import (
	"io/fs"
	"strings"

	"github.com/neoforge-dev/neoforge/app/version"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// Product is a program: what it is called, and what it is made of. Its icons are in
// pwa/icons/ of its own web folder, beside pwa/manifest.webmanifest, under the names that
// NeoForge's have; NeoForge's stand in for what is missing there.
type Product struct {
	// Name is what the site calls itself, in titles and mails.
	Name string
	// Command is how messages name the program; empty: the name in lower case, with - for
	// what is neither letter nor digit.
	Command string
	// Version is what this build is called; empty: what the linker or the version control
	// says of it.
	Version string
	// Dist holds what browsers get, bundled; a release needs it. nil: the files that
	// NeoForge's own release carries, and in development the sources.
	Dist fs.FS
	// Modules are built in an order that follows from what they need, whatever this one is.
	Modules []Module
	// Mails word mails of modules otherwise, and what stands around all mails: catalogs in
	// which a mail is called <module>.<mail>. A language that comes with them has all mails
	// of each module that it has one of. The zero value leaves every mail as it is.
	Mails mailtemplate.Source
}

// CommandName is how messages name the program.
func (p Product) CommandName() string {
	if p.Command != "" {
		return p.Command
	}
	words := strings.FieldsFunc(strings.ToLower(p.Name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// VersionName is what this build is called.
func (p Product) VersionName() string {
	if p.Version != "" {
		return p.Version
	}
	return version.Name()
}
