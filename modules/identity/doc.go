// Package identity is the language of the identity context: who people are, how
// they prove it, where they are signed in, and what they may do.
//
// It owns users, passwords, identities at other providers, sessions, refresh
// tokens, organizations and memberships. It promises that an external identity
// belongs to one person, that an address is linked only when its provider has
// verified it, that a token is redeemed once, and that every organization has an
// owner. The use cases are in the rooms, which identityapp puts together; the contract of
// the ports declared here is in identitytest.
package identity
