package harness_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// echo answers every line with itself.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return "tcp://" + ln.Addr().String() + "/path"
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func say(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(conn).ReadString('\n'); got != line+"\n" {
		t.Fatalf("heard %q, %v; want %q", got, err, line)
	}
}

func TestCable_CarriesAndKeepsThePath(t *testing.T) {
	t.Parallel()
	_, through := harness.Through(t, echo(t))
	if u, err := url.Parse(through); err != nil || u.Path != "/path" {
		t.Fatalf("the address is %s, %v", through, err)
	}
	conn := dial(t, through)
	say(t, conn, "one")
	hear(t, conn, "one")
}

func TestCable_CutEndsWhatIsOpenAndRefusesUntilMended(t *testing.T) {
	t.Parallel()
	cable, through := harness.Through(t, echo(t))
	open := dial(t, through)
	say(t, open, "one")
	hear(t, open, "one")
	cable.Cut()
	closed := func(conn net.Conn) {
		t.Helper()
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("read %d, %v from a cable that is cut", n, err)
		}
	}
	closed(open)
	closed(dial(t, through))
	cable.Mend()
	again := dial(t, through)
	say(t, again, "two")
	hear(t, again, "two")
}

func TestCable_SwallowHoldsWhatIsSentUntilMended(t *testing.T) {
	t.Parallel()
	cable, through := harness.Through(t, echo(t))
	open := dial(t, through)
	say(t, open, "one")
	hear(t, open, "one")
	cable.Swallow()
	say(t, open, "two")
	fresh := dial(t, through) // a connection is made, and nothing comes
	say(t, fresh, "three")
	for _, conn := range []net.Conn{open, fresh} {
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("read %d, %v from a cable that swallows", n, err)
		}
	}
	cable.Mend()
	hear(t, open, "two")
	hear(t, fresh, "three")
}
