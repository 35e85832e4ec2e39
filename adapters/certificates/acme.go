package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACMEOptions say who issues certificates, and for what.
type ACMEOptions struct {
	Hosts     []string // names of DNS in lower case; certificates are issued for no other
	Email     string   // whom the authority may write to; may be empty
	Directory string   // the authority's address, https
	Roots     string   // a file of certificates (PEM) that the authority's own is trusted by; empty: the system's
	Folder    string   // where keys and certificates are kept; made with access for this user alone
	Now       func() time.Time
	// OnFailure is called with why a certificate could not be had, once for each attempt.
	OnFailure func(host string, err error)
	// Wait is how long a handshake waits for a certificate that is being issued; default 10 s.
	Wait time.Duration
}

// ACME has certificates issued when they are needed, and renewed a month or a third of
// their life before they end. Using it accepts the authority's terms of service.
//
// Several processes need one folder: in it they keep the account, the certificates and
// the answers to challenges, which may reach any of them.
type ACME struct {
	o       ACMEOptions
	manager *autocert.Manager

	mu     sync.Mutex
	states map[string]*acmeState // by host
}

type acmeState struct {
	notBefore, notAfter time.Time     // of the certificate that was in force last
	failing             error         // why the last attempt failed
	pause               time.Duration // after it
	retryAt             time.Time     // until then handshakes are refused at once
	waiting             chan struct{} // bounds the handshakes that wait
}

const (
	// firstPause is a little longer than autocert remembers a failure for; pauses double up
	// to lastPause, as authorities allow few failures an hour.
	firstPause = 65 * time.Second
	lastPause  = 15 * time.Minute
	// maxWaiting is how many handshakes of a host wait for its certificate.
	maxWaiting = 64
	// lookAgain is how often the certificates in force are looked at.
	lookAgain = time.Minute
)

// NewACME prepares the folder. It asks nobody for anything yet.
func NewACME(o ACMEOptions) (*ACME, error) {
	if err := prepareFolder(o.Folder); err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: time.Minute}
	if o.Roots != "" {
		pem, err := os.ReadFile(o.Roots)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certificates: %s holds no certificate", o.Roots)
		}
		client.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	}
	a := &ACME{o: o, states: map[string]*acmeState{}, manager: &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(o.Folder), HostPolicy: autocert.HostWhitelist(o.Hosts...), Email: o.Email,
		Client: &acme.Client{DirectoryURL: o.Directory, HTTPClient: client},
	}}
	if a.o.Wait == 0 {
		a.o.Wait = 10 * time.Second
	}
	for _, h := range o.Hosts {
		a.states[h] = &acmeState{waiting: make(chan struct{}, maxWaiting)}
	}
	return a, nil
}

// prepareFolder makes the folder of the keys. One that is there may be shared with a group, as
// volumes of several replicas are, and with nobody else: who may write to it can put another
// key into it.
func prepareFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return fmt.Errorf("certificates: everybody on this machine has access to %s (mode %04o), which holds keys: use chmod o-rwx, or a folder that does not exist yet", folder, mode)
	}
	return nil
}

// TLS is a configuration that shows these certificates, and answers the challenge
// tls-alpn-01 (RFC 8737) on the same port.
func (a *ACME) TLS() *tls.Config {
	c := config(a.certificate)
	c.NextProtos = []string{acme.ALPNProto}
	return c
}

// Answer wraps what answers plain HTTP to answer the challenge http-01 as well. The authority may
// name the port that it was led to, which is no part of the name that it asks about.
func (a *ACME) Answer(next http.Handler) http.Handler {
	h := a.manager.HTTPHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named := r.WithContext(r.Context())
		named.Host = hostOf(r.Host)
		h.ServeHTTP(w, named)
	})
}

// Keep has a certificate of each host issued, unless the folder has it, so that the
// first visitor need not wait for it, and looks at those in force until ctx ends.
func (a *ACME) Keep(ctx context.Context) {
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		for _, h := range a.o.Hosts {
			_, _ = a.certificate(&tls.ClientHelloInfo{ // which reports what went wrong
				ServerName: h, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

var (
	errNoCertificate = errors.New("certificates: no certificate for this name")
	errBeingIssued   = errors.New("certificates: the certificate is still being issued")
)

// certificate answers within the time for a handshake, which the manager does not: it may
// wait for an authority for minutes.
func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	of, listed := a.states[hostOf(hello.ServerName)]
	if !listed || isChallenge(hello) { // anybody can ask for any name, and for any proof
		cert, err := a.manager.GetCertificate(hello)
		if err != nil {
			return nil, errors.Join(errNoCertificate, err)
		}
		return cert, nil
	}
	if err := a.paused(of); err != nil {
		return nil, errors.Join(errNoCertificate, err)
	}
	timeout := time.NewTimer(a.o.Wait)
	defer timeout.Stop()
	select {
	case of.waiting <- struct{}{}:
	case <-timeout.C:
		return nil, errBeingIssued
	}
	type outcome struct {
		cert *tls.Certificate
		err  error
	}
	had := make(chan outcome, 1)
	go func() {
		defer func() { <-of.waiting }()
		cert, err := a.manager.GetCertificate(hello)
		a.note(hostOf(hello.ServerName), of, cert, err)
		had <- outcome{cert, err}
	}()
	select {
	case o := <-had:
		if o.err != nil {
			return nil, errors.Join(errNoCertificate, o.err)
		}
		return o.cert, nil
	case <-timeout.C:
		return nil, errBeingIssued
	}
}

// paused answers why nothing is asked for now; nil: something may be.
func (a *ACME) paused(of *acmeState) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.o.Now().Before(of.retryAt) {
		return of.failing
	}
	return nil
}

// note keeps what came of an attempt. Of handshakes that failed together it counts one.
func (a *ACME) note(host string, of *acmeState, cert *tls.Certificate, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		of.failing, of.pause, of.retryAt = nil, 0, time.Time{}
		if cert.Leaf != nil {
			of.notBefore, of.notAfter = cert.Leaf.NotBefore, cert.Leaf.NotAfter
		}
		return
	}
	now := a.o.Now()
	if now.Before(of.retryAt) {
		return
	}
	of.pause = min(max(2*of.pause, firstPause), lastPause)
	of.failing, of.retryAt = err, now.Add(of.pause)
	a.o.OnFailure(host, err)
}

func isChallenge(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto
}

// State is until when the certificate of a host is good, zero before there is one, and
// whether a newer one could not be had: the last attempt failed, or the one in force is well
// inside the time in which it should have been renewed.
func (a *ACME) State(host string) (notAfter time.Time, failing bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of, ok := a.states[host]
	if !ok {
		return time.Time{}, false
	}
	// The manager renews a third of a certificate's life before its end, a month at the most,
	// and tries again each half hour.
	renewal := min(of.notAfter.Sub(of.notBefore)/3, 30*24*time.Hour)
	late := !of.notAfter.IsZero() && a.o.Now().After(of.notAfter.Add(-renewal*3/4))
	return of.notAfter, of.failing != nil || late
}
