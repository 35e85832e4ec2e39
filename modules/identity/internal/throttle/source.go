package throttle

import "github.com/neoforge-dev/neoforge/modules/identity"

// Source is where an attempt on an account comes from, as its limits tell strangers
// from those who were there before. web/docs/security.md has the rule.
type Source struct {
	// Key is what has an allowance of its own at the account; empty for strangers, who
	// share one.
	Key string
	// Network is counted over all accounts; empty for a device or session that was let
	// in before: it is good for guesses at one account alone.
	Network string
	Address string // that the network was found by
}

// SignedIn is the source of somebody who is signed in and proves again who they
// are.
func SignedIn(actor identity.Actor) Source { return Source{Key: "session:" + actor.SessionID} }

// Stranger is the source of whoever is not known, at a network address.
func Stranger(address string) Source { return Source{Network: Network(address), Address: address} }
