//go:build unix && !release

package source

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile waits until no other process has the lock of a file that is there. It is let go
// with unlock, or when the process ends.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil // nothing was written
}
