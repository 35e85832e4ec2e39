package sandboxpay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// facts is what the sandbox knows beside its tokens: which checkouts are closed,
// which subscriptions are cancelled, which payments were refunded. Each is
// written once and never changed, so that a file for each needs no lock between
// processes. Without a folder they last as long as the process.
type facts struct {
	folder string

	mu    sync.Mutex
	known map[string]fact
}

type fact struct {
	At  time.Time `json:"at"`
	Key string    `json:"key,omitempty"` // idempotency key of the call that made it so
}

// put records a fact; the first one stays, and is returned.
func (f *facts) put(name string, v fact) (fact, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if have, known, err := f.read(name); err != nil || known {
		return have, false, err
	}
	if f.folder == "" {
		f.known[name] = v
		return v, true, nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fact{}, false, err
	}
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %w", err)
	}
	draft, err := os.CreateTemp(f.folder, ".draft-*")
	if err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(body)
	if err := errors.Join(err, draft.Close()); err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %w", err)
	}
	err = os.Link(draft.Name(), filepath.Join(f.folder, name)) // whole, or not at all
	if errors.Is(err, fs.ErrExist) {
		have, _, err := f.read(name)
		return have, false, err
	}
	if err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %w", err)
	}
	return v, true, nil
}

func (f *facts) get(name string) (fact, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read(name)
}

func (f *facts) read(name string) (fact, bool, error) {
	if f.folder == "" {
		v, known := f.known[name]
		return v, known, nil
	}
	body, err := os.ReadFile(filepath.Join(f.folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return fact{}, false, nil
	}
	if err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %w", err)
	}
	var v fact
	if err := json.Unmarshal(body, &v); err != nil {
		return fact{}, false, fmt.Errorf("sandboxpay: %s: %w", name, err)
	}
	return v, true, nil
}
