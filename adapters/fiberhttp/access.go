package fiberhttp

import (
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type accessLevel uint8

const (
	undeclared accessLevel = iota
	public
	signedIn
	permitted
)

// Access says who may use a route. The zero value says nothing and is refused.
type Access struct {
	level      accessLevel
	permission identityport.Permission
}

// Public lets everybody in.
func Public() Access { return Access{level: public} }

// SignedIn lets every person in.
func SignedIn() Access { return Access{level: signedIn} }

// Permitted lets those in who hold p.
func Permitted(p identityport.Permission) Access { return Access{level: permitted, permission: p} }

// String is how the table of routes shows it: "public", "signed in", or the
// permission; empty when nothing was declared.
func (a Access) String() string {
	switch a.level {
	case public:
		return "public"
	case signedIn:
		return "signed in"
	case permitted:
		return string(a.permission)
	}
	return ""
}

func (a Access) declared() bool {
	return a.level == public || a.level == signedIn || a.level == permitted && a.permission != ""
}

func (a Access) check(actor identity.Actor) error {
	switch a.level {
	case public:
		return nil
	case signedIn, permitted:
		if !actor.SignedIn() {
			return identity.ErrNotSignedIn
		}
		if a.level == signedIn || actor.May(a.permission) {
			return nil
		}
	}
	return identity.ErrForbidden
}
