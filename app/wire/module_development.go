package wire

import (
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
)

// Development is what a module brings to the tools of development. In production, and in a
// release, the program leaves it out; a module keeps the code of it out of a release by a
// build constraint, as the ones that come with NeoForge do.
type Development struct {
	// Entries lead from /dev to the module's tools.
	Entries []DevelopmentEntry
	// Routes registers pages that exist in development only, under /dev.
	Routes func(s *fiberhttp.Server) error
	// People are sample people that the module needs beside those of identity, which makes
	// their accounts. They are listed at /dev, and on the pages to sign in.
	People []sample.Person
}

// DevelopmentEntry leads to a page. One whose path no route serves stops the start.
type DevelopmentEntry struct {
	Title string
	Path  string
	Text  string // what it is for, in a sentence
}

// SamplePerson is somebody to sign in as.
type SamplePerson struct {
	sample.Person
	Password string
}

// samplePeople are those of all modules; nobody in production and in a release.
func (a *Application) samplePeople() []sample.Person {
	var out []sample.Person
	for _, m := range a.modules {
		out = append(out, m.Development.People...)
	}
	return out
}
