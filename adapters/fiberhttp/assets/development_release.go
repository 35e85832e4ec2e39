//go:build release

package assets

import "errors"

// Open is for development; a release carries its files and has no web folder.
func Open(string) (Store, error) {
	return nil, errors.New("assets: a release build serves its own files only")
}
