//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fiberhttp

import (
	"errors"
	"net"
	"syscall"
)

// peekerOf returns what tells whether the other side has closed a connection; nil where
// that cannot be told. What is closed for writing alone counts, as in net/http.
func peekerOf(conn net.Conn) func() bool {
	if c, ok := conn.(*connection); ok {
		conn = c.Conn
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	return func() bool {
		closed := false
		err := raw.Control(func(fd uintptr) {
			var one [1]byte
			n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			switch {
			case err == nil:
				closed = n == 0
			case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
			default:
				closed = true
			}
		})
		return closed || err != nil
	}
}
