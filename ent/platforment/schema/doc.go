// Package schema declares the tables of platform: events, audit, mails and what replicas tell each other.
package schema
