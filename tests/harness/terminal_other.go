//go:build !unix

package harness

import "os"

func terminal() *os.File { return nil }
