//go:build !unix

package skips

import "os"

func terminal() *os.File { return nil }
