//go:build !release

// Package devhttp is what only development needs, whatever the modules of a program are:
// the mailbox, a clock that can be moved forward, the table of routes, and an index of
// these and of what modules have beside them. It lives under /dev.
//
// None of it is in a release build: every file carries a build constraint, and
// only the wiring of development imports the package.
package devhttp
