//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package fiberhttp

import "net"

// peekerOf cannot tell whether the other side has closed a connection.
func peekerOf(net.Conn) func() bool { return nil }
