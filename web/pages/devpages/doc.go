// Package devpages is how the development tools look that are no module's: their index and
// the mailbox. No release build serves them.
package devpages
