// Package idgentest makes ids for the contract suites, which know no adapter.
package idgentest

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"
)

// New returns a UUID of version 7 (RFC 9562) in canonical form. Within one
// millisecond the order is random.
func New() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	now := uint64(time.Now().UnixMilli())
	binary.BigEndian.PutUint16(b[0:], uint16(now>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(now))
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
