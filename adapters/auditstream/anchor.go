package auditstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/neoforge-dev/neoforge/ports/audit"
)

var _ audit.Anchor = (*Anchor)(nil)

// Anchor is a file that remembers the newest seal. Several processes may share it: what one
// writes over another's is at worst a few seals older.
type Anchor struct {
	path string
	mu   sync.Mutex
}

// NewAnchor makes an anchor of a file, which is made with the first seal, for its owner
// alone.
func NewAnchor(path string) *Anchor { return &Anchor{path: path} }

// Newest implements audit.Anchor. A file that is there and holds no seal is an error: an
// empty one must not pass for none.
func (a *Anchor) Newest() (audit.KnownSeal, error) {
	text, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return audit.KnownSeal{}, nil
	}
	if err != nil {
		return audit.KnownSeal{}, fmt.Errorf("AUDIT_ANCHOR: %w", err)
	}
	seal, err := audit.ParseKnownSeal(strings.TrimSpace(string(text)))
	if err != nil {
		return audit.KnownSeal{}, fmt.Errorf("AUDIT_ANCHOR, %s: %w; write the newest seal of the log into it", a.path, err)
	}
	return seal, nil
}

// Keep implements audit.Anchor. The seal is on the disk when it returns, and an
// interruption leaves the one before.
func (a *Anchor) Keep(seal audit.KnownSeal) (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now, err := a.Newest(); err != nil || now.Number >= seal.Number {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(a.path), ".audit-anchor-*") // for its owner alone
	if err != nil {
		return fmt.Errorf("AUDIT_ANCHOR: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("AUDIT_ANCHOR: %w", err), os.Remove(file.Name()))
		}
	}()
	_, err = file.WriteString(seal.String() + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), a.path)
}
