// Package people is the sample people of identity, and makes the accounts of those that
// other modules have beside them.
package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// People returns those of identity, who may do most first.
func People() []sample.Person {
	return []sample.Person{
		{Handle: "ada", Name: "Ada", Email: "ada@neoforge.test", Role: identityport.RoleAdministrator, About: "administrator"},
		{Handle: "ben", Name: "Ben", Email: "ben@neoforge.test", Role: identityport.RoleAuthor, About: "author"},
		{Handle: "cleo", Name: "Cleo", Email: "cleo@neoforge.test", Role: identityport.RoleMember, About: "member"},
	}
}

// Seed makes the accounts that are missing, of the people of every module, and says who
// each of them is.
func Seed(ctx context.Context, s *sample.Seeding, rooms *identityapp.Rooms) error {
	added := 0
	for _, p := range s.People {
		actor, isNew, err := person(ctx, rooms, p)
		if err != nil {
			return fmt.Errorf("sample: person %s: %w", p.Handle, err)
		}
		s.Enter(p.Handle, actor)
		if isNew {
			added++
		}
	}
	s.Made(added, "people")
	return nil
}

// person makes or finds somebody.
func person(ctx context.Context, rooms *identityapp.Rooms, p sample.Person) (_ identityport.Actor, isNew bool, err error) {
	user, organizations, err := rooms.Account.FindPerson(ctx, p.Email)
	if errors.Is(err, identity.ErrUserNotFound) {
		_, err = rooms.Administration.CreateUser(ctx, administration.CreateUser{
			Email: p.Email, Name: p.Name, Password: sample.Password, Role: p.Role, EmailVerified: true,
		})
		isNew = err == nil
		// Another replica that seeds at the same moment may have been first.
		if err == nil || errors.Is(err, identity.ErrEmailTaken) {
			user, organizations, err = rooms.Account.FindPerson(ctx, p.Email)
		}
	}
	if err != nil {
		return identityport.Actor{}, false, err
	}
	return identityport.Actor{
		UserID: user.ID, Name: user.Name, Email: string(user.Email), Role: user.Role, Organizations: organizations[:1],
	}, isNew, nil
}
