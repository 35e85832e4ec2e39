package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"
)

// Admin serves operators: /metrics, /debug/pprof to this machine alone, and /healthz and /readyz for a
// process that has no public listener. Listen where only operators reach it.
type Admin struct{ server *http.Server }

// NewAdmin makes the server of m and h.
func NewAdmin(m *Metrics, h *Health) *Admin {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("/debug/pprof/", onLoopback(pprof.Index))
	mux.HandleFunc("/debug/pprof/cmdline", onLoopback(pprof.Cmdline))
	mux.HandleFunc("/debug/pprof/profile", onLoopback(pprof.Profile))
	mux.HandleFunc("/debug/pprof/symbol", onLoopback(pprof.Symbol))
	mux.HandleFunc("/debug/pprof/trace", onLoopback(pprof.Trace))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status, state, checks := http.StatusOK, "ok", map[string]string{}
		if h.Draining() {
			checks["server"] = "it stops"
			status, state = http.StatusServiceUnavailable, "unavailable"
		}
		for _, result := range h.Check(r.Context()) {
			checks[result.Name] = "ok"
			if result.Err != nil {
				// Operators read this: the whole error.
				checks[result.Name] = result.Err.Error()
				status, state = http.StatusServiceUnavailable, "unavailable"
			}
		}
		answer(w, status, map[string]any{"status": state, "checks": checks})
	})
	return &Admin{server: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a profile is recorded for as long as is asked
		IdleTimeout:       time.Minute,
	}}
}

// onLoopback serves who connects from this machine to this machine. A profile shows what
// is in memory, and takes a processor for as long as is asked: a network that may see
// the metrics is not for it.
func onLoopback(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if !ok || !isLoopback(local.String()) || !isLoopback(r.RemoteAddr) {
			http.NotFound(w, r)
			return
		}
		serve(w, r)
	}
}

func isLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A client that went away is nobody's trouble.
	_ = json.NewEncoder(w).Encode(body)
}

// Serve answers on ln until Shutdown, which is no error.
func (a *Admin) Serve(ln net.Listener) error {
	if err := a.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("observe: serve %s: %w", ln.Addr(), err)
	}
	return nil
}

// Shutdown stops accepting and waits for what is being answered until ctx ends;
// then it cuts the connections.
func (a *Admin) Shutdown(ctx context.Context) error {
	if err := a.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("observe: shut down: %w", err), a.server.Close())
	}
	return nil
}
