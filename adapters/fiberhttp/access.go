package fiberhttp

import (
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type accessLevel uint8

const (
	undeclared accessLevel = iota
	public
	signedIn
	recent
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

// Recently lets every person in who proved who they are within the last ten
// minutes ([identityport.RecentAuthentication]); a page sends others to /confirm.
// It never lets a personal access token or an impersonator in.
func Recently() Access { return Access{level: recent} }

// Permitted lets those in who hold p.
func Permitted(p identityport.Permission) Access { return Access{level: permitted, permission: p} }

// String is how the table of routes shows it: "public", "signed in", "signed in recently", or the
// permission; empty when nothing was declared.
func (a Access) String() string {
	switch a.level {
	case public:
		return "public"
	case signedIn:
		return "signed in"
	case recent:
		return "signed in recently"
	case permitted:
		return string(a.permission)
	}
	return ""
}

func (a Access) declared() bool {
	return a.level == public || a.level == signedIn || a.level == recent || a.level == permitted && a.permission != ""
}

func (a Access) check(actor identity.Actor, now time.Time) error {
	switch a.level {
	case public:
		return nil
	case signedIn, recent, permitted:
		if !actor.SignedIn() {
			return identity.ErrNotSignedIn
		}
		if a.level == recent {
			if !actor.RecentlyAuthenticated(now) {
				return identity.ErrNotRecent
			}
			return nil
		}
		if a.level == signedIn || actor.May(a.permission) {
			return nil
		}
	}
	return identity.ErrForbidden
}
