//go:build unix

package skips

import (
	"os"
	"os/signal"
	"syscall"
)

// terminal opens the terminal that the tests were started from, or returns nil where
// there is none. Tests in the background may write to it as well.
func terminal() *os.File {
	signal.Ignore(syscall.SIGTTOU)
	f, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0)
	if err != nil {
		return nil
	}
	return f
}
