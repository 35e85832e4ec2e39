// Package sample is how modules fill a fresh installation with sample data: the people to
// sign in as, and one run over what each module seeds. The data itself lies below, in a
// package for each module that has some.
//
// What seeds promises that doing so twice changes nothing, that a run after a failure
// completes what is missing, and that it does not wait for the job worker: what subscribers
// would do later, it asks the use cases for itself. It is for development; the wiring
// refuses it in production.
package sample

import (
	"errors"
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Password is what every sample person signs in with. None of them exists in
// production.
const Password = "forge-ahead-2026"

// Person is somebody to sign in as.
type Person struct {
	Handle string // what sample data calls them by, unique in a program
	Name   string
	Email  string
	Role   identityport.Role
	About  string // in a few words, what they may do
}

// Seeding is one run over the sample data of a program. Modules take part in the order in
// which they are built: identity first, which makes the accounts of all People, of
// whichever module they are, and [Seeding.Enter]s them.
type Seeding struct {
	People []Person

	actors map[string]identityport.Actor
	made   []made
}

type made struct {
	count int
	what  string
}

// Enter says who somebody is in this installation.
func (s *Seeding) Enter(handle string, a identityport.Actor) {
	if s.actors == nil {
		s.actors = map[string]identityport.Actor{}
	}
	s.actors[handle] = a
}

// Actor is a person by their handle: as they are when signed in, without permissions. It
// fails when nobody of that handle has an account yet.
func (s *Seeding) Actor(handle string) (identityport.Actor, error) {
	a, known := s.actors[handle]
	if !known {
		return identityport.Actor{}, fmt.Errorf("sample: nobody called %q has an account yet: identity makes those of all sample people, so take one of its contracts to be seeded after it", handle)
	}
	return a, nil
}

// Made tells how many were not there before of something, in the plural.
func (s *Seeding) Made(count int, what string) { s.made = append(s.made, made{count, what}) }

// New is how many are new of something that was told by [Seeding.Made].
func (s *Seeding) New(what string) int {
	n := 0
	for _, m := range s.made {
		if m.what == what {
			n += m.count
		}
	}
	return n
}

// String says it in a line for people.
func (s *Seeding) String() string {
	total := 0
	var kinds, counts []string
	for _, m := range s.made {
		total += m.count
		kinds = append(kinds, m.what)
		counts = append(counts, fmt.Sprintf("%d %s", m.count, m.what))
	}
	switch {
	case len(s.made) == 0:
		return "No module of this program has sample data."
	case total == 0:
		return "The sample " + listed(kinds) + " are in place."
	}
	return "Sample content: " + listed(counts) + " are new."
}

// listed is "a, b and c".
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// CheckPeople refuses people who are called alike or whose words are missing.
func CheckPeople(people []Person) error {
	var faults []error
	handles, emails := map[string]bool{}, map[string]bool{}
	for _, p := range people {
		switch {
		case p.Handle == "" || p.Name == "" || p.Email == "" || p.Role == "":
			faults = append(faults, fmt.Errorf("the sample person %q needs a handle, a name, an e-mail address and a role", p.Handle+p.Email))
		case handles[p.Handle] || emails[p.Email]:
			faults = append(faults, fmt.Errorf("two sample people are called %s or have the address %s: rename one of them", p.Handle, p.Email))
		}
		handles[p.Handle], emails[p.Email] = true, true
	}
	return errors.Join(faults...)
}
