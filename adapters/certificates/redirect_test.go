package certificates_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/certificates"
)

// plainly sends a request as it is and returns the status and where it leads.
func plainly(t *testing.T, addr, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location")
}

func TestRedirect_LeadsToTheSamePathOfTheSiteAlone(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := certificates.NewRedirect("https://example.com:8443", func(host string) bool {
		return slices.Contains([]string{"example.com", "www.example.com", "2001:db8::1"}, host)
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(ln) }()
	for name, tc := range map[string]struct {
		request string
		status  int
		to      string
	}{
		"a page":               {"GET /posts/a?tag=b%20c HTTP/1.1\r\nHost: example.com\r\n\r\n", 308, "https://example.com:8443/posts/a?tag=b%20c"},
		"with a port":          {"GET / HTTP/1.1\r\nHost: example.com:80\r\n\r\n", 308, "https://example.com:8443/"},
		"in capitals":          {"HEAD /x HTTP/1.1\r\nHost: EXAMPLE.com.\r\n\r\n", 308, "https://example.com:8443/x"},
		"by another own name":  {"GET /x HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 308, "https://example.com:8443/x"},
		"by address":           {"GET /x HTTP/1.1\r\nHost: [2001:db8:0::1]:80\r\n\r\n", 308, "https://example.com:8443/x"},
		"two slashes":          {"GET //evil.test/x HTTP/1.1\r\nHost: example.com\r\n\r\n", 308, "https://example.com:8443//evil.test/x"},
		"a whole address":      {"GET http://example.com/x?y HTTP/1.1\r\nHost: evil.test\r\n\r\n", 308, "https://example.com:8443/x?y"},
		"another's address":    {"GET http://evil.test/x HTTP/1.1\r\nHost: example.com\r\n\r\n", 421, ""},
		"no path":              {"GET http:.evil.test/ HTTP/1.1\r\nHost: example.com\r\n\r\n", 400, ""},
		"another host":         {"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421, ""},
		"one that begins with": {"GET / HTTP/1.1\r\nHost: example.com.evil.test\r\n\r\n", 421, ""},
		"one with a user":      {"GET / HTTP/1.1\r\nHost: example.com@evil.test\r\n\r\n", 421, ""},
		"no host":              {"GET / HTTP/1.0\r\n\r\n", 421, ""},
		"a form":               {"POST /login HTTP/1.1\r\nHost: example.com\r\nContent-Length: 3\r\n\r\na=b", 400, ""},
		"a challenge":          {"GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421, ""},
	} {
		if status, to := plainly(t, ln.Addr().String(), tc.request); status != tc.status || to != tc.to {
			// A host that is none is refused by the standard library.
			if status == 400 && tc.status == 421 && to == "" && strings.Contains(tc.request, "@") {
				continue
			}
			t.Errorf("%s: %d %q, want %d %q", name, status, to, tc.status, tc.to)
		}
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
