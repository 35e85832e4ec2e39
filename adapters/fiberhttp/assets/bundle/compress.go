//go:build !release

package bundle

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var encodings = []struct {
	name string
	open func(w io.Writer) (io.WriteCloser, error)
}{
	{"br", func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	}},
	{"zstd", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	}},
	{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }},
}

// compress writes the compressed copies of every file, where they are smaller.
func (r *release) compress() error {
	for i := range r.index.Files {
		file := &r.index.Files[i]
		body, err := os.ReadFile(r.at(file.Name))
		if err != nil {
			return fmt.Errorf("bundle: read %s: %w", file.Name, err)
		}
		size := Size{URL: file.URL, Raw: len(body), Brotli: len(body), Required: slices.Contains(r.required, file.URL)}
		for _, encoding := range encodings {
			packed, err := pack(body, encoding.open)
			if err != nil {
				return fmt.Errorf("bundle: compress %s with %s: %w", file.Name, encoding.name, err)
			}
			if len(packed) >= len(body)-len(body)/20 {
				continue
			}
			if err := r.write(file.Name+Suffix(encoding.name), packed); err != nil {
				return err
			}
			file.Encodings = append(file.Encodings, encoding.name)
			if encoding.name == "br" {
				size.Brotli = len(packed)
			}
		}
		r.sizes = append(r.sizes, size)
	}
	sort.Slice(r.sizes, func(i, j int) bool { return r.sizes[i].URL < r.sizes[j].URL })
	return nil
}

func pack(body []byte, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var out bytes.Buffer
	w, err := open(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
