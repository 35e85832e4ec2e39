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
	recently // and permitted
)

// Access says who may use a route. The zero value says nothing and is refused.
type Access struct {
	level      accessLevel
	permission identityport.Permission
	unfactored bool
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

// PermittedWithRecentAuth is [Permitted] for those who satisfy [Recently] as well.
func PermittedWithRecentAuth(p identityport.Permission) Access {
	return Access{level: recently, permission: p}
}

// WithoutSecondFactor lets those in, too, from whom everything else is withheld until
// they have the second factor that is required of them. It is for what sets one up, and
// for what a person must always be able to do. What is public needs no such word: the
// actor holds nothing there that a visitor does not.
func (a Access) WithoutSecondFactor() Access {
	a.unfactored = true
	return a
}

// String is how the table of routes shows it: "public", "signed in", "signed in recently", the
// permission, or the permission with "recently" after it; empty when nothing was
// declared.
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
	case recently:
		return string(a.permission) + " recently"
	}
	return ""
}

func (a Access) declared() bool {
	switch a.level {
	case public, signedIn, recent:
		return true
	case permitted, recently:
		return a.permission != ""
	}
	return false
}

func (a Access) check(actor identity.Actor, now time.Time) error {
	// Nobody sets a factor up with a personal access token, so it opens nothing at all.
	if actor.SecondFactorOverdue && (actor.TokenID != "" || a.level != public && !a.unfactored) {
		return identity.ErrSecondFactorNeeded
	}
	if a.level == public {
		return nil
	}
	if !a.declared() {
		return identity.ErrForbidden
	}
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	// What somebody may never do is said before they are asked for a proof.
	if a.permission != "" && !actor.May(a.permission) {
		return identity.ErrForbidden
	}
	if a.level != recent && a.level != recently {
		return nil
	}
	switch {
	case actor.Impersonator != "":
		return identity.ErrImpersonating // no proof of theirs could help
	case !actor.RecentlyAuthenticated(now):
		return identity.ErrNotRecent
	}
	return nil
}
