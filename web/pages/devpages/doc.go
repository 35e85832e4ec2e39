// Package devpages is how the development tools look: the mailbox and the built-in
// sign-in provider. No release build serves them.
package devpages
