package identityport_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// A use case decides by what the actor holds, before it does anything.
func ExampleActor_May() {
	publish := func(actor identityport.Actor) error {
		switch {
		case !actor.SignedIn():
			return fault.New(fault.Unauthenticated, "notices.not_signed_in", "Sign in first.")
		case !actor.May("notices.notice.publish"):
			return fault.New(fault.Forbidden, "notices.forbidden", "Only authors publish notices.")
		}
		return nil
	}
	fmt.Println(publish(identityport.Actor{}))
	fmt.Println(publish(identityport.Actor{UserID: cleo}))
	fmt.Println(publish(identityport.Actor{UserID: cleo, Permissions: []identityport.Permission{"notices.notice.publish"}}))
	// Output:
	// notices.not_signed_in: Sign in first.
	// notices.forbidden: Only authors publish notices.
	// <nil>
}

// Within an organization only what is held there counts, and to who does not belong
// to it, it does not exist.
func ExampleActor_MayIn() {
	const board, stranger = identityport.OrganizationID(own), identityport.OrganizationID("another")
	actor := identityport.Actor{
		UserID: cleo, Organizations: []identityport.OrganizationID{board},
		Permissions: []identityport.Permission{"notices.notice.publish"}, // for the whole installation
		Within:      map[identityport.OrganizationID][]identityport.Permission{board: {"notices.board.read"}},
	}
	fmt.Println("read:", actor.MayIn(board, "notices.board.read"))
	fmt.Println("publish:", actor.MayIn(board, "notices.notice.publish"))
	fmt.Println("a member elsewhere:", actor.MemberOf(stranger))
	// Output:
	// read: true
	// publish: false
	// a member elsewhere: false
}

// A sensitive act needs a proof of who somebody is from the last ten minutes, which
// somebody who acts in their name cannot give.
func ExampleActor_RecentlyAuthenticated() {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	actor := identityport.Actor{UserID: cleo, AuthenticatedAt: now.Add(-9 * time.Minute)}
	fmt.Println("now:", actor.RecentlyAuthenticated(now))
	fmt.Println("in a minute:", actor.RecentlyAuthenticated(now.Add(time.Minute)))
	actor.Impersonator = "an administrator"
	fmt.Println("impersonated:", actor.RecentlyAuthenticated(now))
	// Output:
	// now: true
	// in a minute: false
	// impersonated: false
}

// people is a directory for the examples.
type people map[identityport.UserID]identityport.Person

func (p people) Person(_ context.Context, id identityport.UserID) (identityport.Person, error) {
	who, ok := p[id]
	if !ok {
		return who, fault.New(fault.NotFound, "identity.user_not_found", "There is no such person.")
	}
	return who, nil
}

func (p people) BillingContact(ctx context.Context, _ identityport.OrganizationID) (identityport.Person, error) {
	return p.Person(ctx, cleo)
}

// A module keeps ids and looks names up when it shows them. Somebody who is gone is
// no fault of the page.
func ExampleDirectory() {
	var directory identityport.Directory = people{cleo: {ID: cleo, Name: "Cleo", Email: "cleo@neoforge.test"}}
	byline := func(id identityport.UserID) (string, error) {
		who, err := directory.Person(context.Background(), id)
		switch {
		case err == nil:
			return "by " + who.Name, nil
		case fault.KindOf(err) == fault.NotFound:
			return "by somebody who left", nil
		}
		return "", fmt.Errorf("notices: byline of %s: %w", id, err)
	}
	fmt.Println(byline(cleo))
	fmt.Println(byline("nobody"))
	// Output:
	// by Cleo <nil>
	// by somebody who left <nil>
}

// inbox remembers what a subscriber has dealt with.
type inbox map[string]bool

func (i inbox) Record(_ context.Context, event, subscriber string) (bool, error) {
	first := !i[event+subscriber]
	i[event+subscriber] = true
	return first, nil
}

// A module erases what it keeps about a person when identity says that they are gone.
// The inbox and what is removed belong to one transaction, so that the effect happens
// once however often the event comes.
func ExampleUserErased() {
	notices := map[identityport.UserID]int{cleo: 3}
	dealt := inbox{}
	const name = "notices.erase_author"
	subscriber := events.Subscriber{
		Name: name, Event: identityport.UserErased{}.EventName(),
		Handle: func(ctx context.Context, e events.Event) error {
			erased, err := events.Decode[identityport.UserErased](e)
			if err != nil {
				return err
			}
			first, err := dealt.Record(ctx, e.ID, name)
			if err != nil || !first {
				return err
			}
			fmt.Println("erasing", notices[erased.UserID], "notices")
			delete(notices, erased.UserID)
			return nil
		},
	}
	e, err := events.New("an id", time.Now(), identityport.UserErased{UserID: cleo})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 { // delivered at least once
		if err := subscriber.Handle(context.Background(), e); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// erasing 3 notices
}

// granted is what was granted, for the examples.
type granted struct {
	identityport.Grants
	all map[string]identityport.Permission
}

func (g granted) GrantedOn(_ context.Context, user identityport.UserID, resource string) (out []identityport.Grant, err error) {
	if p, ok := g.all[string(user)+" "+resource]; ok {
		out = append(out, identityport.Grant{Permission: p, Resource: resource})
	}
	return out, nil
}

// What one may do to one resource is asked of the actor first, then of the grants.
func ExampleGrants() {
	var grants identityport.Grants = granted{all: map[string]identityport.Permission{cleo + " notice:7": "notices.notice.write"}}
	mayEdit := func(actor identityport.Actor, notice string) (bool, error) {
		if actor.May("notices.notice.write") {
			return true, nil
		}
		held, err := grants.GrantedOn(context.Background(), actor.UserID, "notice:"+notice)
		return slices.ContainsFunc(held, func(g identityport.Grant) bool { return g.Permission == "notices.notice.write" }), err
	}
	actor := identityport.Actor{UserID: cleo}
	fmt.Println(mayEdit(actor, "7"))
	fmt.Println(mayEdit(actor, "8"))
	// Output:
	// true <nil>
	// false <nil>
}
