//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fiberhttp

import (
	"io"
	"net"
	"testing"
)

func TestPeekerOf_TellsAnEndAndTakesNothing(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := listenTo(ln).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	closed := peekerOf(accepted)
	if closed == nil || closed() {
		t.Fatal("an open connection is taken for a closed one")
	}
	if _, err := io.WriteString(client, "next"); err != nil {
		t.Fatal(err)
	}
	var got [4]byte
	if _, err := io.ReadFull(accepted, got[:1]); err != nil || closed() { // the rest has come with it
		t.Fatalf("a connection with more to read: closed, or %v", err)
	}
	if _, err := io.ReadFull(accepted, got[1:]); err != nil || string(got[:]) != "next" {
		t.Fatalf("a look took something: %q, %v", got, err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := accepted.Read(got[:]); err != io.EOF || !closed() { //nolint:errorlint // io.EOF itself
		t.Errorf("a closed connection is taken for an open one: %d, %v", n, err)
	}
	inMemory, other := net.Pipe()
	defer inMemory.Close()
	defer other.Close()
	if peekerOf(inMemory) != nil {
		t.Error("a connection in memory has nothing to look at")
	}
}
