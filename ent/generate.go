// Package ent is the generated access to the tables that ent/schema declares. It
// is imported by adapters/entstore and its stores alone.
package ent

//go:generate go run entc.go
