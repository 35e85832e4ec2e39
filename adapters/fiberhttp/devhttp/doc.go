//go:build !release

// Package devhttp is what only development needs: the mailbox, the page of the
// built-in sign-in provider, the page of the payment sandbox, a clock that can be
// moved forward, and the table of routes. It lives under /dev.
//
// None of it is in a release build: every file carries a build constraint, and
// only the wiring of development imports the package.
package devhttp
