package sample

import "github.com/neoforge-dev/neoforge/ports/identityport"

// Password is what every sample person signs in with. None of them exists in
// production.
const Password = "forge-ahead-2026"

// Person is somebody to sign in as. About says in a few words what they may do;
// Plan is the one that their organization has, if any.
type Person struct {
	Handle string
	Name   string
	Email  string
	Role   identityport.Role
	About  string
	Plan   string
}

// People returns the sample people, those who may do most first.
func People() []Person {
	return []Person{
		{Handle: "ada", Name: "Ada", Email: "ada@neoforge.test", Role: identityport.RoleAdministrator, About: "administrator"},
		{Handle: "ben", Name: "Ben", Email: "ben@neoforge.test", Role: identityport.RoleAuthor, About: "author"},
		{Handle: "cleo", Name: "Cleo", Email: "cleo@neoforge.test", Role: identityport.RoleMember, About: "member"},
		{Handle: "dan", Name: "Dan", Email: "dan@neoforge.test", Role: identityport.RoleMember, About: "member with the pro plan", Plan: "pro"},
	}
}
