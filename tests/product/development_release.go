//go:build release

package main

import "github.com/neoforge-dev/neoforge/app/wire"

// development has nothing in a release.
func development() wire.Development { return wire.Development{} }
