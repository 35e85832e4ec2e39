package certificates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Redirect answers plain HTTP: it leads to the same path and query of the site, and lets an
// authority ask for the proofs of ACME.
type Redirect struct{ server *http.Server }

// NewRedirect makes the server of a site at the origin base. known reports whether the site is
// called by a host, which it gets in lower case and without a port. answer, if there is one, wraps it to answer challenges.
func NewRedirect(base string, known func(host string) bool, answer func(http.Handler) http.Handler) *Redirect {
	var h http.Handler = redirect(base, known)
	if answer != nil {
		h = answer(h)
	}
	return &Redirect{server: &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}}
}

// redirect leads those to base who asked for a host that is known. Whoever asks for another was
// sent here by somebody else's name: this site does not confirm that it answers to it.
func redirect(base string, known func(host string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		switch {
		case !known(hostOf(r.Host)):
			answerText(w, http.StatusMisdirectedRequest, "This site has another name.")
		case !strings.HasPrefix(r.URL.RequestURI(), "/"): // it would go on with the name of the host
			answerText(w, http.StatusBadRequest, "Ask for a path.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			// What it holds was readable on its way: to repeat it over https would hide that.
			answerText(w, http.StatusBadRequest, "Use https: nothing was done with this request.")
		default:
			h.Set("Location", base+r.URL.RequestURI())
			answerText(w, http.StatusPermanentRedirect, "Use https.")
		}
	}
}

func answerText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// hostOf is the host of a Host header as it is compared: without port, in lower case, without the
// dot that a full name may end with.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return host
}

// Serve answers requests on ln until Shutdown, then returns nil.
func (r *Redirect) Serve(ln net.Listener) error {
	if err := r.server.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("certificates: serve %s: %w", ln.Addr(), err)
	}
	return nil
}

// Shutdown stops it.
func (r *Redirect) Shutdown(ctx context.Context) error {
	if err := r.server.Shutdown(ctx); err != nil {
		return fmt.Errorf("certificates: shut down: %w", err)
	}
	return nil
}
