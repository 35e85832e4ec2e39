package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/certificates"
	"github.com/neoforge-dev/neoforge/app/lifecycle"
)

// certificateLook is how often the files of a certificate are looked at.
const certificateLook = 10 * time.Second

// security is how the web server's connections are secured; none without a certificate.
type security struct {
	tls   *tls.Config
	known func(host string) bool          // whether the site is called by a host
	keep  func(ctx context.Context)       // looks after the certificates until ctx ends
	proof func(http.Handler) http.Handler // answers challenges over plain HTTP; may be nil
}

// security opens the certificates that the settings name; nil when they name none.
func (a *Application) security() (*security, error) {
	settings := a.cfg.TLS
	u, err := url.Parse(a.cfg.HTTP.BaseURL)
	if err != nil || !settings.Enabled() {
		return nil, err
	}
	host := u.Hostname()
	if settings.ACME() {
		return a.issued(host)
	}
	files, err := certificates.LoadFiles(settings.Cert, settings.Key, a.infra.clock.Now)
	if err != nil {
		return nil, fmt.Errorf("TLS_CERT, TLS_KEY: %w", err)
	}
	if err := files.Covers(host); err != nil {
		a.log.Warn("the certificate is not for the host of BASE_URL: browsers refuse it", zap.String("host", host), zap.Error(err))
	}
	if err := a.watchCertificate(host, func() (time.Time, bool) { return files.NotAfter(), files.Failed() }); err != nil {
		return nil, err
	}
	if err := files.KeyIsPrivate(); err != nil {
		a.log.Warn("others on this machine may read the key TLS_KEY: take their leave from them, such as with chmod 600", zap.Error(err))
	}
	reloaded := func(_ bool, err error) {
		if err != nil {
			a.log.Error("the new certificate cannot be used, the one of before stays in force: mend the files TLS_CERT and TLS_KEY", zap.Time("good_until", files.NotAfter()), zap.Error(err))
			return
		}
		a.log.Info("another certificate is in force", zap.Time("good_until", files.NotAfter()))
	}
	return &security{tls: files.TLS(), known: func(asked string) bool { return asked == host || files.Covers(asked) == nil }, keep: func(ctx context.Context) { files.Watch(ctx, certificateLook, reloaded) }}, nil
}

// issued has an authority issue them.
func (a *Application) issued(host string) (*security, error) {
	settings := a.cfg.TLS
	acme, err := certificates.NewACME(certificates.ACMEOptions{
		Hosts: settings.ACMEHosts, Email: settings.ACMEEmail, Directory: settings.ACMEDirectory, Roots: settings.ACMERoots, Folder: settings.ACMECache,
		Now: a.infra.clock.Now,
		OnFailure: func(host string, err error) {
			a.log.Error("no certificate was issued: connections to this host fail until one is", zap.String("host", host), zap.Error(err))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("TLS_ACME_ROOTS, TLS_ACME_CACHE: %w", err)
	}
	for _, h := range settings.ACMEHosts {
		if err := a.watchCertificate(h, func() (time.Time, bool) { return acme.State(h) }); err != nil {
			return nil, err
		}
	}
	return &security{tls: acme.TLS(), known: func(asked string) bool { return asked == host || slices.Contains(settings.ACMEHosts, asked) }, keep: acme.Keep, proof: acme.Answer}, nil
}

// watchCertificate shows a host's certificate to the metrics.
func (a *Application) watchCertificate(host string, state func() (notAfter time.Time, failing bool)) error {
	labels := map[string]string{"host": host}
	err := a.infra.metrics.WatchValue("tls_certificate_expires_timestamp_seconds", "Until when the certificate in force is good; 0 while there is none.", labels, func() float64 {
		if until, _ := state(); !until.IsZero() {
			return float64(until.Unix())
		}
		return 0
	})
	if err != nil {
		return err
	}
	return a.infra.metrics.WatchValue("tls_certificate_failing", "1 while a newer certificate cannot be used or had.", labels, func() float64 {
		if _, failing := state(); failing {
			return 1
		}
		return 0
	})
}

// parts look after the certificates, and answer plain HTTP on ln where there is one.
func (s *security) parts(base string, ln net.Listener, failed chan<- error) []lifecycle.Part {
	ctx, cancel := context.WithCancel(context.Background())
	parts := []lifecycle.Part{{
		Name:  "the certificates",
		Start: func(context.Context) error { go s.keep(ctx); return nil },
		Stop:  func(context.Context) error { cancel(); return nil },
	}}
	if ln == nil {
		return parts
	}
	redirect := certificates.NewRedirect(base, s.known, s.proof)
	return append(parts, lifecycle.Part{
		Name: "the redirect to https",
		Start: func(context.Context) error {
			go func() {
				if err := redirect.Serve(ln); err != nil {
					failed <- err
				}
			}()
			return nil
		},
		Stop: redirect.Shutdown,
	})
}
