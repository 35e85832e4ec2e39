package breached

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// maxLine bounds a line: a hash, a count, and what ends it.
	maxLine = 128
	// nearby is how close a search comes before it reads on line by line.
	nearby = 4 << 10
	// maxRange bounds the lines of one range: of a collection of a billion passwords
	// it has about a thousand.
	maxRange = 1 << 16
)

// File searches a file of lines HASH:COUNT in the order of their hashes. It stays
// open, and is read where the answer lies: its size costs no memory.
type File struct {
	f    *os.File
	size int64
}

var _ identity.BreachedPasswords = (*File)(nil)

// OpenFile opens a file. It fails when that is not a file of such lines, as far as its
// ends tell.
func OpenFile(path string) (_ *File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("breached: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("breached: %s: %w", path, errors.Join(err, f.Close()))
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, errors.New("it is empty, or not a file")
	}
	b := &File{f: f, size: info.Size()}
	first, err := b.hashAt(0)
	if err != nil {
		return nil, err
	}
	last, err := b.last()
	if err != nil {
		return nil, err
	}
	if last < first {
		return nil, errUnsorted
	}
	return b, nil
}

var errUnsorted = errors.New("the lines are not in the order of their hashes")

// Close closes the file.
func (b *File) Close() error { return b.f.Close() }

// Range implements identity.BreachedPasswords.
func (b *File) Range(ctx context.Context, prefix string) ([]identity.BreachedPassword, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	from, err := b.before(prefix)
	if err != nil {
		return nil, fmt.Errorf("breached: search the file: %w", err)
	}
	out, err := b.collect(from, prefix)
	if err != nil {
		return nil, fmt.Errorf("breached: read the file: %w", err)
	}
	return out, nil
}

// before finds the beginning of a line shortly before the first that begins with
// prefix, or would.
func (b *File) before(prefix string) (int64, error) {
	low, high := int64(0), b.size // low begins a line; the first of the range begins at low or later, and at high at the latest
	for high-low > nearby {
		middle := low + (high-low)/2
		next, err := b.nextLine(middle)
		if err != nil {
			return 0, err
		}
		if next >= high {
			high = middle // no line begins between the two
			continue
		}
		hash, err := b.hashAt(next)
		if err != nil {
			return 0, err
		}
		if hash < prefix {
			low = next
		} else {
			high = next
		}
	}
	return low, nil
}

// nextLine is where the next line begins after a place within one.
func (b *File) nextLine(at int64) (int64, error) {
	chunk, err := b.read(at)
	if err != nil {
		return 0, err
	}
	end := bytes.IndexByte(chunk, '\n')
	if end < 0 {
		if at+int64(len(chunk)) == b.size {
			return b.size, nil
		}
		return 0, errLine
	}
	return at + int64(end) + 1, nil
}

// hashAt is the hash of the line that begins at a place.
func (b *File) hashAt(at int64) (string, error) {
	chunk, err := b.read(at)
	if err != nil {
		return "", err
	}
	line, _, _ := bytes.Cut(chunk, []byte("\n"))
	hash, _, err := parseLine(string(line), hashLength)
	return hash, err
}

// last is the hash of the last line.
func (b *File) last() (string, error) {
	tail, err := b.read(max(0, b.size-maxLine))
	if err != nil {
		return "", err
	}
	tail = bytes.TrimRight(tail, "\r\n")
	hash, _, err := parseLine(string(tail[bytes.LastIndexByte(tail, '\n')+1:]), hashLength)
	return hash, err
}

func (b *File) read(at int64) ([]byte, error) {
	chunk := make([]byte, min(maxLine, b.size-at))
	_, err := b.f.ReadAt(chunk, at)
	return chunk, err
}

// collect reads the lines of a range, from the beginning of a line before it.
func (b *File) collect(from int64, prefix string) ([]identity.BreachedPassword, error) {
	out := []identity.BreachedPassword{}
	lines := bufio.NewScanner(io.NewSectionReader(b.f, from, b.size-from))
	lines.Buffer(make([]byte, 0, nearby), nearby)
	before := ""
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		hash, count, err := parseLine(lines.Text(), hashLength)
		switch {
		case err != nil:
			return nil, err
		case hash < before:
			return nil, errUnsorted
		}
		before = hash
		begins := hash[:identity.BreachedPrefix]
		if begins > prefix {
			return out, nil
		}
		if begins == prefix && count > 0 {
			if len(out) == maxRange {
				return nil, errTooMany
			}
			out = append(out, identity.BreachedPassword{Suffix: hash[identity.BreachedPrefix:], Count: count})
		}
	}
	return out, lines.Err()
}
