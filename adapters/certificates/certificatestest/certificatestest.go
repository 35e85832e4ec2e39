// Package certificatestest makes certificates that sign themselves, for tests.
package certificatestest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Pair is a certificate with its key, PEM, and who trusts it.
type Pair struct {
	Cert, Key []byte
	Roots     *x509.CertPool
}

// MustMake makes a pair for hosts, names or IP addresses, that is good from an hour before until.
func MustMake(tb testing.TB, until time.Time, hosts ...string) Pair {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: hosts[0]}, NotBefore: until.Add(-2 * 365 * 24 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	p := Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		Roots: x509.NewCertPool(),
	}
	p.Roots.AppendCertsFromPEM(p.Cert)
	return p
}

// MustWrite keeps a pair in two files of a folder that is removed at the end of the test.
func (p Pair) MustWrite(tb testing.TB) (cert, key string) {
	tb.Helper()
	folder := tb.TempDir()
	cert, key = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	p.MustReplace(tb, cert, key)
	return cert, key
}

// MustReplace writes a pair over two files.
func (p Pair) MustReplace(tb testing.TB, cert, key string) {
	tb.Helper()
	for file, text := range map[string][]byte{cert: p.Cert, key: p.Key} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// Server is a configuration that shows the pair.
func (p Pair) Server(tb testing.TB) *tls.Config {
	tb.Helper()
	pair, err := tls.X509KeyPair(p.Cert, p.Key)
	if err != nil {
		tb.Fatal(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
}
