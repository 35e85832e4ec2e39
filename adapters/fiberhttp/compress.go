package fiberhttp

import (
	"bytes"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

const (
	// gzipOnce is for answers that are sent once; cached ones are worth more effort.
	gzipOnce     = 4
	gzipCached   = 6
	brotliCached = 5

	keptEncodings = 64 << 20 // bytes of text, before encoding
	keptBuffer    = 1 << 20  // a larger one is left to the garbage collector
)

// compressor encodes with writers that are used again: making one costs more than
// a page takes.
type compressor struct{ idle sync.Pool }

type compression struct {
	out    bytes.Buffer
	writer interface {
		io.WriteCloser
		Reset(to io.Writer)
	}
}

func newGzip(level int) *compressor {
	return &compressor{sync.Pool{New: func() any {
		c := &compression{}
		w, err := gzip.NewWriterLevel(&c.out, level)
		if err != nil {
			w = gzip.NewWriter(&c.out)
		}
		c.writer = w
		return c
	}}}
}

func newBrotli(level int) *compressor {
	return &compressor{sync.Pool{New: func() any {
		c := &compression{}
		c.writer = brotli.NewWriterLevel(&c.out, level)
		return c
	}}}
}

func (z *compressor) encode(body []byte) []byte {
	c := z.idle.Get().(*compression)
	c.out.Reset()
	c.writer.Reset(&c.out)
	_, _ = c.writer.Write(body) // a buffer never fails
	_ = c.writer.Close()
	out := bytes.Clone(c.out.Bytes())
	if c.out.Cap() <= keptBuffer {
		z.idle.Put(c)
	}
	return out
}

// encodings keeps the encodings of cached answers in this process, each made once,
// when it is first asked for. They are kept by their ETag, which names the text and
// the encoding, so that they outlive the entry when its text comes back.
//
// It has two generations. What is asked for moves into the young one; when that is
// full it becomes the old one, and what nobody asked for meanwhile is dropped.
type encodings struct {
	limit int // bytes of one generation

	mu         sync.RWMutex
	young, old map[string]encoded
	size       int // of the young generation
}

// encoded answers the encoded body; the first call makes it, others wait for that.
type encoded func() []byte

func newEncodings(limit int) *encodings {
	return &encodings{limit: limit / 2, young: map[string]encoded{}}
}

// have reports whether the encoding with that ETag was asked for before.
func (k *encodings) have(tag []byte) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if _, ok := k.young[string(tag)]; ok {
		return true
	}
	_, ok := k.old[string(tag)]
	return ok
}

// get returns body as z encodes it. The tag need not outlive the call.
func (k *encodings) get(tag, body []byte, z *compressor) []byte {
	k.mu.RLock()
	e, ok := k.young[string(tag)]
	k.mu.RUnlock()
	if !ok {
		e = k.admit(string(tag), body, z)
	}
	return e()
}

func (k *encodings) admit(tag string, body []byte, z *compressor) encoded {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, ok := k.young[tag]; ok {
		return e
	}
	e, ok := k.old[tag]
	if k.size += len(body); k.size > k.limit {
		k.young, k.old, k.size = map[string]encoded{}, k.young, len(body)
	}
	if !ok {
		e = sync.OnceValue(func() []byte { return z.encode(body) })
	}
	k.young[tag] = e
	return e
}
