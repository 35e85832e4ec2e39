// Command auditreceiver takes what AUDIT_STREAM posts, on a machine that whoever reaches the
// database does not reach: it keeps the lines, and the newest seal as AUDIT_ANCHOR does. It
// needs nothing but Go's own packages, so that it may be copied to wherever it runs.
//
//	AUDIT_STREAM_SECRET=… go run ./deploy/auditreceiver -listen 127.0.0.1:8480 -to /srv/audit
//
// A batch is taken when it is signed with the secret, and its seal goes on with the chain
// that was kept: its number is the next, and its previous hash that of the newest seal. One
// that was kept before, with the same hash, is answered and not kept again. Anything else is
// refused by 409 and logged: the newest seals were removed, or the database is an older copy.
// The program then tries again, and tells by its alert that the stream is behind.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	linesFile  = "audit.jsonl"
	anchorFile = "audit.anchor"
	// maxBody is more than 500 entries of the longest texts have.
	maxBody = 64 << 20
	// tolerance is how far the clocks of both machines may be apart.
	tolerance = 5 * time.Minute
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	listen := flag.String("listen", "127.0.0.1:8480", "the address to listen on; a proxy before it speaks TLS")
	to := flag.String("to", ".", "the folder that keeps "+linesFile+" and "+anchorFile)
	flag.Parse()
	if err := run(*listen, *to); err != nil {
		log.Fatal(err)
	}
}

func run(listen, to string) error {
	secret, err := base64.StdEncoding.DecodeString(os.Getenv("AUDIT_STREAM_SECRET"))
	if err != nil || len(secret) < 24 {
		return errors.New("AUDIT_STREAM_SECRET is missing or is not that of the program: 24 or more bytes, base64")
	}
	r, err := openReceiver(to, secret, time.Now)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: listen, Handler: r, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(ending)
	}()
	log.Printf("the newest seal that is kept is %d; listening on %s", r.newest, listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// receiver keeps the chain of seals.
type receiver struct {
	folder string
	secret []byte
	now    func() time.Time

	mu     sync.Mutex
	newest int64
	hashes map[int64]string // of the seals that are kept
}

// seal is what matters of the line of a seal.
type seal struct {
	Number   int64  `json:"seal"`
	Hash     string `json:"hash"`
	Previous string `json:"previous"`
	Fault    string `json:"fault"`
}

// openReceiver reads what a folder keeps.
func openReceiver(folder string, secret []byte, now func() time.Time) (*receiver, error) {
	r := &receiver{folder: folder, secret: secret, now: now, hashes: map[int64]string{}}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	kept, err := os.Open(filepath.Join(folder, linesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = kept.Close() }()
	lines := bufio.NewReader(kept)
	for {
		line, err := lines.ReadBytes('\n')
		if s, ok := sealOf(line); ok {
			r.hashes[s.Number], r.newest = s.Hash, max(r.newest, s.Number)
		}
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// sealOf reads the line of a seal; that of an entry is none.
func sealOf(line []byte) (s seal, ok bool) {
	err := json.Unmarshal(line, &s)
	hash, unread := hex.DecodeString(s.Hash)
	return s, err == nil && unread == nil && len(hash) == sha256.Size && s.Number > 0
}

// ServeHTTP takes a batch.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		http.Error(w, "post what AUDIT_STREAM sends", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or broke off", http.StatusBadRequest)
		return
	}
	if !r.signed(req.Header, body) {
		http.Error(w, "the signature is not that of AUDIT_STREAM_SECRET, or is old", http.StatusUnauthorized)
		return
	}
	text := bytes.TrimRight(body, "\n")
	s, ok := sealOf(text[bytes.LastIndexByte(text, '\n')+1:])
	if !ok {
		http.Error(w, "the last line is no seal", http.StatusBadRequest)
		return
	}
	switch err := r.take(s, append(text, '\n')); {
	case errors.Is(err, errChain):
		log.Printf("REFUSED: %v", err)
		http.Error(w, err.Error(), http.StatusConflict)
	case err != nil:
		log.Printf("seal %d cannot be kept: %v", s.Number, err)
		http.Error(w, "it cannot be kept now", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// signed verifies a batch as Standard Webhooks has it.
func (r *receiver) signed(h http.Header, body []byte) bool {
	id, at := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if age := r.now().Sub(time.Unix(seconds, 0)); err != nil || age > tolerance || age < -tolerance {
		return false
	}
	mac := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(mac, "%s.%s.", id, at)
	mac.Write(body)
	return hmac.Equal([]byte(h.Get("Webhook-Signature")), []byte("v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))))
}

var errChain = errors.New("this does not go on with the chain that is kept")

// take keeps a seal with its entries, on the disk before it returns.
func (r *receiver) take(s seal, lines []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, kept := r.hashes[s.Number]
	switch {
	case kept && known == s.Hash:
		return nil // sent again
	case kept:
		return fmt.Errorf("%w: seal %d has the hash %s, and had %s", errChain, s.Number, s.Hash, known)
	case r.newest > 0 && s.Number != r.newest+1:
		return fmt.Errorf("%w: seal %d follows seal %d", errChain, s.Number, r.newest)
	case r.newest > 0 && s.Previous != r.hashes[r.newest]:
		return fmt.Errorf("%w: seal %d follows one with the hash %s, and seal %d has %s", errChain, s.Number, s.Previous, r.newest, r.hashes[r.newest])
	}
	if s.Fault != "" {
		log.Printf("seal %d comes with a fault: %s", s.Number, s.Fault)
	}
	if err := appendTo(filepath.Join(r.folder, linesFile), lines); err != nil {
		return err
	}
	r.hashes[s.Number], r.newest = s.Hash, s.Number
	return replace(filepath.Join(r.folder, anchorFile), fmt.Sprintf("%d:%s\n", s.Number, s.Hash))
}

// appendTo appends lines to a file, behind the end of a line.
func appendTo(path string, lines []byte) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var last [1]byte
	if size > 0 {
		if _, err := file.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' { // a write broke off
			lines = append([]byte{'\n'}, lines...)
		}
	}
	if _, err := file.Write(lines); err != nil {
		return errors.Join(err, file.Truncate(size))
	}
	return file.Sync()
}

// replace puts a text in the place of a file, as a whole.
func replace(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".audit-anchor-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
