package certificates_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/certificates"
	"github.com/neoforge-dev/neoforge/adapters/certificates/certificatestest"
)

// issuedBy has an authority that answers by h issue a certificate for example.com.
func issuedBy(t *testing.T, h http.HandlerFunc, change func(*certificates.ACMEOptions)) *certificates.ACME {
	t.Helper()
	authority := httptest.NewTLSServer(h)
	t.Cleanup(authority.Close)
	folder := t.TempDir()
	roots := filepath.Join(folder, "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	o := certificates.ACMEOptions{
		Hosts: []string{"example.com"}, Directory: authority.URL, Roots: roots, Folder: filepath.Join(folder, "acme"),
		Now: clock, OnFailure: func(string, error) {},
	}
	change(&o)
	a, err := certificates.NewACME(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func handshake(a *certificates.ACME) error {
	_, err := a.TLS().GetCertificate(&tls.ClientHelloInfo{
		ServerName: "example.com", CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	})
	return err
}

func TestACME_KeepsKeysInAFolderThatIsNotOpenToAll(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]bool{0o700: true, 0o770: true, 0o755: false, 0o701: false, 0o702: false} {
		folder := filepath.Join(t.TempDir(), "acme")
		o := certificates.ACMEOptions{Hosts: []string{"example.com"}, Folder: folder, Now: clock}
		if _, err := certificates.NewACME(o); err != nil {
			t.Fatal(err)
		}
		if made, err := os.Stat(folder); err != nil || made.Mode().Perm() != 0o700 {
			t.Fatalf("made with %v, %v", made.Mode(), err)
		}
		if err := os.Chmod(folder, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := certificates.NewACME(o); (err == nil) != want {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestACME_IsFailingWhereWhatIsInForceWasNotRenewed(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]bool{90 * 24 * time.Hour: false, 28 * 24 * time.Hour: false, 22 * 24 * time.Hour: true, time.Hour: true} {
		folder := filepath.Join(t.TempDir(), "acme")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		// The manager looks at the system's clock, and keeps the key before the certificate.
		pair := certificatestest.MustMake(t, time.Now().Add(left), "example.com")
		block, _ := pem.Decode(pair.Key)
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
		if err != nil {
			t.Fatal(err)
		}
		kept := append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), pair.Cert...)
		if err := os.WriteFile(filepath.Join(folder, "example.com"), kept, 0o600); err != nil {
			t.Fatal(err)
		}
		asked := make(chan struct{})
		once := sync.OnceFunc(func() { close(asked) })
		a := issuedBy(t, func(w http.ResponseWriter, _ *http.Request) { once(); w.WriteHeader(http.StatusForbidden) },
			func(o *certificates.ACMEOptions) { o.Folder, o.Now, o.Wait = folder, time.Now, time.Minute })
		if err := handshake(a); err != nil {
			t.Fatal(err)
		}
		if until, failing := a.State("example.com"); failing != want || time.Until(until) > left {
			t.Errorf("%s left: failing %t, good until %s", left, failing, until)
		}
		if left < 30*24*time.Hour { // it is renewed, for which a key is kept in the folder first
			select {
			case <-asked:
			case <-time.After(time.Minute):
				t.Fatalf("%s left: the authority is not asked", left)
			}
		}
	}
}

func TestACME_HandshakesDoNotWaitForAnAuthorityThatHangs(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	a := issuedBy(t, func(http.ResponseWriter, *http.Request) { <-ended }, func(o *certificates.ACMEOptions) { o.Wait = time.Millisecond })
	t.Cleanup(func() { close(ended) }) // before the authority closes
	for range 100 {                    // more than may wait at once
		if err := handshake(a); err == nil {
			t.Fatal("there is a certificate")
		}
	}
}

func TestACME_RefusesAtOnceAfterAFailureForLongerEachTime(t *testing.T) {
	t.Parallel()
	at := now
	var asked, failed atomic.Int64
	a := issuedBy(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}, func(o *certificates.ACMEOptions) {
		o.Now = func() time.Time { return at }
		o.Wait = time.Minute
		o.OnFailure = func(string, error) { failed.Add(1) }
	})
	for range 3 {
		if handshake(a) == nil {
			t.Fatal("there is a certificate")
		}
	}
	if _, failing := a.State("example.com"); !failing || failed.Load() != 1 {
		t.Errorf("failing %t, reported %d times", failing, failed.Load())
	}
	first := asked.Load()
	at = at.Add(65 * time.Second)
	_ = handshake(a) // the second attempt, after which the pause is twice as long
	at = at.Add(66 * time.Second)
	_ = handshake(a)
	if failed.Load() != 2 || first == 0 {
		t.Errorf("%d attempts failed; the authority was asked %d times by the first", failed.Load(), first)
	}
}
