// Package schema declares the tables of billing: plans, accounts and what is paid.
package schema
