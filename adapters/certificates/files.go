package certificates

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files is a certificate with its key in two files (PEM), the certificate's followed by the
// intermediate ones. Both are looked at again and again, since tools that renew
// certificates replace files and cannot tell the program.
type Files struct {
	cert, key string
	now       func() time.Time
	current   atomic.Pointer[tls.Certificate]
	failed    atomic.Bool

	mu   sync.Mutex        // of one reload at a time
	seen [sha256.Size]byte // what was read last, good or not
}

// LoadFiles reads a pair. It fails when the pair cannot be used now.
func LoadFiles(cert, key string, now func() time.Time) (*Files, error) {
	f := &Files{cert: cert, key: key, now: now}
	_, err := f.Reload()
	if err != nil {
		return nil, err
	}
	return f, nil
}

// TLS is a configuration that shows the pair that is in force at each handshake.
func (f *Files) TLS() *tls.Config {
	return config(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current.Load(), nil })
}

// NotAfter is until when the pair in force is good.
func (f *Files) NotAfter() time.Time { return f.current.Load().Leaf.NotAfter }

// Failed reports whether the files hold a pair that could not take the place of the one in force.
func (f *Files) Failed() bool { return f.failed.Load() }

// Reload reads the files and reports whether another pair is in force than before. It
// fails when they hold something new that cannot be used: then the pair of before stays in
// force. The same fault is returned once.
func (f *Files) Reload() (changed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	cert, errCert := os.ReadFile(f.cert)
	key, errKey := os.ReadFile(f.key)
	unread := errors.Join(errCert, errKey)
	seen := sha256.Sum256(bytes.Join([][]byte{cert, key, []byte(fmt.Sprint(unread))}, []byte{0}))
	if seen == f.seen {
		return false, nil
	}
	f.seen = seen
	pair, err := f.usable(cert, key, unread)
	f.failed.Store(err != nil)
	if err != nil {
		return false, err
	}
	before := f.current.Swap(pair)
	return before == nil || !bytes.Equal(before.Leaf.Raw, pair.Leaf.Raw), nil
}

func (f *Files) usable(cert, key []byte, unread error) (*tls.Certificate, error) {
	if unread != nil {
		return nil, fmt.Errorf("certificates: %w", unread)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificates: %s with %s: %w", f.cert, f.key, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, fmt.Errorf("certificates: %s: %w", f.cert, err)
		}
	}
	if now := f.now(); now.After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("certificates: %s was good until %s", f.cert, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return &pair, nil
}

// Covers reports an error unless the pair in force is for a host.
func (f *Files) Covers(host string) error {
	if err := f.current.Load().Leaf.VerifyHostname(host); err != nil {
		return fmt.Errorf("certificates: %s: %w", f.cert, err)
	}
	return nil
}

// KeyIsPrivate reports an error where others than its owner may read the key's file.
func (f *Files) KeyIsPrivate() error {
	info, err := os.Stat(f.key)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o044 != 0 {
		return fmt.Errorf("certificates: %s has the mode %04o", f.key, mode)
	}
	return nil
}

// Watch reloads the files every so often until ctx ends, and calls reloaded with the outcome
// of each Reload after which another pair is in force, or that failed.
func (f *Files) Watch(ctx context.Context, every time.Duration, reloaded func(changed bool, err error)) {
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if changed, err := f.Reload(); changed || err != nil {
				reloaded(changed, err)
			}
		}
	}
}
