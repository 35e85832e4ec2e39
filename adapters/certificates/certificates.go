// Package certificates gives the web server the certificates that it shows: a pair of
// files that is read again when it changes, or one that a certificate authority issues by ACME
// (RFC 8555). It also answers plain HTTP, with the address to use instead.
//
// It promises that a connection always finds a certificate that was good when it was
// taken: a new one that cannot be used never replaces it.
package certificates

import (
	"crypto/tls"
)

// config is what all connections share: Go's own choice of versions (TLS 1.2 and later),
// ciphers and curves.
func config(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get}
}
