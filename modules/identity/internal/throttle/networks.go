package throttle

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
)

// Network is what one subscriber holds: an IPv4 address, or the /64 that an IPv6
// host picks its addresses from.
func Network(address string) string { return prefixOf(address, 64) }

func prefixOf(address string, bits int) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Digest(address)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}

// Site is what one place holds at the most: an IPv4 address, or the /48 of IPv6 that
// providers hand out.
func Site(address string) string { return prefixOf(address, 48) }

// Digest makes a key of bounded length that names nobody.
func Digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:16])
}
