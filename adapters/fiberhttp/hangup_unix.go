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
	looksClosed := func([]byte) bool { return false }
	if c, ok := conn.(*securedConn); ok {
		conn, looksClosed = c.NetConn(), isCloseNotify
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
			var next [recordHeader]byte
			n, _, err := syscall.Recvfrom(int(fd), next[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			switch {
			case err == nil:
				closed = n == 0 || looksClosed(next[:n])
			case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
			default:
				closed = true
			}
		})
		return closed || err != nil
	}
}

// recordHeader is the size of what begins a TLS record: its type, two bytes of version, two
// of the length (RFC 8446, 5.1).
const recordHeader = 5

// isCloseNotify reports whether a TLS record that nobody has read yet is an alert. A client says that
// it closes by one, before it closes the connection, and other alerts end it as well. TLS 1.2 shows the
// type; TLS 1.3 hides it, but not the length of an alert: two bytes, the type and the
// tag. No request has only that much to say.
func isCloseNotify(header []byte) bool {
	const alert, applicationData, sealedAlert = 21, 23, 2 + 1 + 16
	if len(header) < recordHeader {
		return false
	}
	length := int(header[3])<<8 | int(header[4])
	return header[0] == alert || header[0] == applicationData && length == sealedAlert
}
