// Package schema declares the tables of identity: people, organizations and what they sign in with.
package schema
