//go:build !release

package main

import (
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// development is what notices brings to /dev: who hung up the sample notice, and where it
// hangs.
func development() wire.Development {
	return wire.Development{
		Entries: []wire.DevelopmentEntry{{Title: "Notice board", Path: "/notices", Text: "Nora may post, and so may authors."}},
		People:  []sample.Person{{Handle: "nora", Name: "Nora", Email: "nora@noticeboard.test", Role: identityport.RoleAuthor, About: "keeper of the board"}},
	}
}
