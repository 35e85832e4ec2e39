package billingapp

import (
	"strings"
	"sync"
)

// holders knows the requests of this process that are opening a checkout. A
// holder's token names its process, so that one that has returned without giving
// its checkout back (the database was away) is known to be lost.
type holders struct {
	process string

	mu     sync.Mutex
	active map[string]bool
}

func newHolders(process string) *holders {
	return &holders{process: process + ":", active: map[string]bool{}}
}

func (h *holders) hold(request string) string {
	token := h.process + request
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active[token] = true
	return token
}

func (h *holders) drop(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.active, token)
}

// lost reports whether a holder is one of this process and has returned.
func (h *holders) lost(token string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.HasPrefix(token, h.process) && !h.active[token]
}
