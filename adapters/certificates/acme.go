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
	// Told hears of a certificate that could not be had, for each host once a minute at the most.
	Told func(host string, err error)
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
	notAfter time.Time // of the certificate that was shown last
	failing  bool
	told     time.Time // when a failure was
}

// NewACME prepares the folder. It asks nobody for anything yet.
func NewACME(o ACMEOptions) (*ACME, error) {
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
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
	for _, h := range o.Hosts {
		a.states[h] = &acmeState{}
	}
	return a, nil
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

// Obtain has a certificate of each host issued, unless the folder has it, so that the
// first visitor need not wait for it.
func (a *ACME) Obtain(ctx context.Context) {
	for _, h := range a.o.Hosts {
		if ctx.Err() != nil {
			return
		}
		_, _ = a.certificate(&tls.ClientHelloInfo{ // which tells what went wrong
			ServerName: h, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		})
	}
}

func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := a.manager.GetCertificate(hello)
	a.mu.Lock()
	defer a.mu.Unlock()
	of, listed := a.states[hostOf(hello.ServerName)]
	switch {
	case !listed, isChallenge(hello): // anybody can ask for any name, and for any proof
	case err != nil:
		of.failing = true
		if now := a.o.Now(); now.Sub(of.told) >= time.Minute {
			of.told = now
			a.o.Told(hostOf(hello.ServerName), err)
		}
	case cert.Leaf != nil:
		of.failing, of.notAfter = false, cert.Leaf.NotAfter
	}
	if err != nil {
		return nil, errors.Join(errNoCertificate, err)
	}
	return cert, nil
}

var errNoCertificate = errors.New("certificates: no certificate for this name")

func isChallenge(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto
}

// State is until when the certificate of a host is good, zero before there is one, and
// whether the last attempt to get one failed.
func (a *ACME) State(host string) (notAfter time.Time, failing bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of, ok := a.states[host]
	if !ok {
		return time.Time{}, false
	}
	return of.notAfter, of.failing
}
