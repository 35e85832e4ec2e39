package certificates_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/certificates"
	"github.com/neoforge-dev/neoforge/adapters/certificates/certificatestest"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func clock() time.Time { return now }

// shown is the serial number of the certificate that a handshake shows.
func shown(t *testing.T, config *tls.Config) string {
	t.Helper()
	server, client := net.Pipe()
	defer server.Close()
	defer client.Close()
	go func() { _ = tls.Server(server, config).Handshake() }()
	c := tls.Client(client, &tls.Config{InsecureSkipVerify: true, ServerName: "example.com"}) // what is shown is looked at
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func TestFiles_AreTakenWhenTheyChange(t *testing.T) {
	t.Parallel()
	first, second := certificatestest.MustMake(t, now.Add(time.Hour), "example.com"), certificatestest.MustMake(t, now.Add(48*time.Hour), "example.com")
	cert, key := first.MustWrite(t)
	f, err := certificates.LoadFiles(cert, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	config := f.TLS()
	before := shown(t, config)
	if config.MinVersion != tls.VersionTLS12 || !f.NotAfter().Equal(now.Add(time.Hour)) || f.Covers("example.com") != nil || f.Covers("other.example.com") == nil {
		t.Errorf("%v, good until %s", config.MinVersion, f.NotAfter())
	}
	if changed, err := f.Reload(); changed || err != nil {
		t.Errorf("nothing changed: %t, %v", changed, err)
	}
	second.MustReplace(t, cert, key)
	if changed, err := f.Reload(); !changed || err != nil {
		t.Errorf("the files changed: %t, %v", changed, err)
	}
	if after := shown(t, config); after == before || !f.NotAfter().Equal(now.Add(48*time.Hour)) || f.Failed() {
		t.Errorf("shows %s as before, until %s", after, f.NotAfter())
	}
}

// Whatever is found in the files, what is in force goes on: a half of a pair, as between two
// writes, nothing at all, or one that has ended.
func TestFiles_KeepThePairOfBeforeWhenTheNewOneIsBroken(t *testing.T) {
	t.Parallel()
	good, next, ended := certificatestest.MustMake(t, now.Add(time.Hour), "example.com"), certificatestest.MustMake(t, now.Add(time.Hour), "example.com"), certificatestest.MustMake(t, now.Add(-time.Hour), "example.com")
	cert, key := good.MustWrite(t)
	f, err := certificates.LoadFiles(cert, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	before := shown(t, f.TLS())
	for name, spoil := range map[string]func(){
		"the certificate of another key": func() { certificatestest.Pair{Cert: next.Cert, Key: good.Key}.MustReplace(t, cert, key) },
		"half of a file":                 func() { certificatestest.Pair{Cert: good.Cert[:100], Key: good.Key}.MustReplace(t, cert, key) },
		"empty files":                    func() { certificatestest.Pair{}.MustReplace(t, cert, key) },
		"one that has ended":             func() { ended.MustReplace(t, cert, key) },
		"no file":                        func() { _ = os.Remove(key) },
	} {
		spoil()
		changed, err := f.Reload()
		if changed || err == nil || !f.Failed() || !strings.Contains(err.Error(), "tls.") {
			t.Errorf("%s: taken %t, failed %t, %v", name, changed, f.Failed(), err)
		}
		if again, err := f.Reload(); again || err != nil || !f.Failed() {
			t.Errorf("%s: told again: %v, failed %t", name, err, f.Failed())
		}
		if have := shown(t, f.TLS()); have != before {
			t.Errorf("%s: another certificate is shown", name)
		}
	}
	good.MustReplace(t, cert, key)
	if changed, err := f.Reload(); changed || err != nil || f.Failed() {
		t.Errorf("the same again: taken %t, failed %t, %v", changed, f.Failed(), err)
	}
	ended.MustReplace(t, cert, key)
	if _, err := certificates.LoadFiles(cert, key, clock); err == nil || !strings.Contains(err.Error(), "was good until 2030-01-02T02:04:05Z") {
		t.Errorf("at the start: %v", err)
	}
}

func TestFiles_KnowAKeyThatOthersMayRead(t *testing.T) {
	t.Parallel()
	cert, key := certificatestest.MustMake(t, now.Add(time.Hour), "example.com").MustWrite(t)
	f, err := certificates.LoadFiles(cert, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	for mode, private := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		if err := f.KeyIsPrivate(); (err == nil) != private {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestFiles_AreWatched(t *testing.T) {
	t.Parallel()
	first, second := certificatestest.MustMake(t, now.Add(time.Hour), "example.com"), certificatestest.MustMake(t, now.Add(time.Hour), "example.com")
	cert, key := first.MustWrite(t)
	f, err := certificates.LoadFiles(cert, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	told, ended := make(chan bool, 10), make(chan struct{})
	go func() {
		defer close(ended)
		f.Watch(ctx, time.Millisecond, func(changed bool, _ error) { told <- changed })
	}()
	second.MustReplace(t, cert, key)
	for !<-told { // between the two writes the pair is none
	}
	stop()
	<-ended
}

func TestFiles_AreReadWhileConnectionsCome(t *testing.T) {
	t.Parallel()
	first, second := certificatestest.MustMake(t, now.Add(time.Hour), "example.com"), certificatestest.MustMake(t, now.Add(time.Hour), "example.com")
	cert, key := first.MustWrite(t)
	f, err := certificates.LoadFiles(cert, key, clock)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 6 {
				if i == 0 {
					second.MustReplace(t, cert, key)
					_, _ = f.Reload()
					first.MustReplace(t, cert, key)
					_, _ = f.Reload()
				} else if shown(t, f.TLS()) == "" {
					t.Error("nothing is shown")
				}
			}
		})
	}
	all.Wait()
}
