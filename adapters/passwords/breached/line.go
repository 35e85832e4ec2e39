// Package breached asks collections of passwords that leaked: a service that answers
// ranges of hashes over HTTP, or a sorted file.
//
// It promises that no more than five digits of a password's hash leave the program,
// and that neither a slow nor a lying collection costs more than a bounded time and
// memory. What a failure means is for who asks.
package breached

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// hashLength is the digits of a SHA-1.
const hashLength = 40

var (
	errPrefix  = fmt.Errorf("breached: a prefix has %d upper-case hexadecimal digits", identity.BreachedPrefix)
	errLine    = errors.New("a line is not HASH:COUNT, with a SHA-1 in hexadecimal")
	errTooMany = errors.New("the range is too large")
)

func checkPrefix(prefix string) error {
	if len(prefix) != identity.BreachedPrefix || !isHex(prefix) {
		return errPrefix
	}
	return nil
}

// parseLine reads digits, of which there are length, and the count behind them.
func parseLine(line string, length int) (string, int, error) {
	digits, times, found := strings.Cut(strings.TrimSpace(line), ":")
	digits = strings.ToUpper(digits)
	count, err := strconv.Atoi(strings.TrimSpace(times))
	if !found || err != nil || count < 0 || len(digits) != length || !isHex(digits) {
		return "", 0, errLine
	}
	return digits, count, nil
}

func isHex(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'F') })
}
