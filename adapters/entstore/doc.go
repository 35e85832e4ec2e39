// Package entstore opens the database, runs transactions, and says in the words
// of the modules what went wrong in it.
//
// It owns connections and their pools, and nothing of any context: identitystore,
// contentstore, billingstore and eventstore each keep the tables of one. It
// promises that SQLite and Postgres behave alike to its stores: the same read
// committed transactions, times in UTC to the microsecond, the same names for the
// same broken rule, and [ErrUnavailable] when the database cannot be reached.
//
// On SQLite one connection writes and several read, so a transaction must never
// ask the reading side for what it is about to commit; [DB.Do] hands its stores
// the transaction alone.
package entstore
