// Package auditstream sends the audit trail elsewhere: to a file of JSON lines, or to an
// address as Standard Webhooks has it (https://www.standardwebhooks.com).
//
// Each line is an entry with the number of its seal, and behind the entries of a seal there
// is one with the seal's hash, that of the seal before, and the signature: who has the lines
// and the public key can tell what the database should hold. A batch can arrive twice; its
// seal's number tells.
//
// An anchor is a file that remembers the newest seal alone.
package auditstream

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var (
	_ audit.Sink = (*File)(nil)
	_ audit.Sink = (*Webhook)(nil)
)

// entryLine is an entry as it is exported, with its seal's number.
type entryLine struct {
	Seal         int64     `json:"seal"`
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	Actor        string    `json:"actor"`
	Impersonator string    `json:"impersonator,omitempty"`
	Action       string    `json:"action"`
	Resource     string    `json:"resource"`
	Address      string    `json:"address,omitempty"`
	Detail       string    `json:"detail,omitempty"`
	Times        int       `json:"times,omitempty"`
}

type sealLine struct {
	Seal          int64     `json:"seal"`
	Hash          string    `json:"hash"`
	Previous      string    `json:"previous"`
	Key           string    `json:"key"`
	Signature     []byte    `json:"signature"`
	SealedAt      time.Time `json:"sealed_at"`
	Latest        time.Time `json:"latest"`
	Entries       int       `json:"entries"`
	PrunedThrough int64     `json:"pruned_through,omitempty"`
	PrunedHash    string    `json:"pruned_hash,omitempty"`
	PrunedEntries int64     `json:"pruned_entries,omitempty"`
	Fault         string    `json:"fault,omitempty"`
}

// lines writes a batch as JSON lines.
func lines(batch audit.Sealed) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	for _, e := range batch.Entries {
		err := out.Encode(entryLine{batch.Number, e.ID, e.At, e.Actor, e.Impersonator, e.Action, e.Resource, e.IP, e.Detail, e.Times})
		if err != nil {
			return nil, err
		}
	}
	err := out.Encode(sealLine{
		batch.Number, hex.EncodeToString(batch.Hash), hex.EncodeToString(batch.Previous), batch.KeyID, batch.Signature, batch.SealedAt, batch.Latest, len(batch.Entries),
		batch.PrunedThrough, hex.EncodeToString(batch.PrunedHash), batch.PrunedEntries, batch.Fault,
	})
	return b.Bytes(), err
}

// File appends to a file. It is opened for each batch, so that it can be moved away at any
// time, as log rotation does.
type File struct {
	path      string
	tightened func(was fs.FileMode)
}

// NewFile makes a sink for a file, which is made when missing. It is for its owner alone:
// tightened is told when others had access and have it no more; it may be nil.
func NewFile(path string, tightened func(was fs.FileMode)) *File {
	if tightened == nil {
		tightened = func(fs.FileMode) {}
	}
	return &File{path, tightened}
}

// Send implements audit.Sink. The batch is on the disk when it returns.
func (f *File) Send(_ context.Context, batch audit.Sealed) (err error) {
	text, err := lines(batch)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := f.tighten(file); err != nil {
		return err
	}
	if torn, err := tornLine(file); err != nil {
		return err
	} else if torn {
		text = append([]byte{'\n'}, text...)
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// tighten takes access to the file from everybody but its owner.
func (f *File) tighten(file *os.File) error {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if err := file.Chmod(0o600); err != nil {
		return fmt.Errorf("AUDIT_STREAM: others than its owner have access (%04o), and it cannot be taken from them: %w", info.Mode().Perm(), err)
	}
	f.tightened(info.Mode().Perm())
	return nil
}

// tornLine reports whether a write broke off before the end of its last line.
func tornLine(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return last[0] != '\n', err
}

// timeout is how long one answer may take, all of it.
const timeout = 10 * time.Second

// Webhook posts to an address, signed.
type Webhook struct {
	address string
	key     []byte
	clock   clock.Clock
	client  *http.Client
}

// NewWebhook makes a sink for an address. transport may be nil.
func NewWebhook(address string, key []byte, c clock.Clock, transport http.RoundTripper) (*Webhook, error) {
	if address == "" || len(key) == 0 || c == nil {
		return nil, errors.New("auditstream: the address, the key or the clock is missing")
	}
	return &Webhook{address: address, key: key, clock: c, client: &http.Client{Timeout: timeout, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the trail is for this address alone
	}}}, nil
}

// Send implements audit.Sink. Any answer of 2xx takes the batch.
func (w *Webhook) Send(ctx context.Context, batch audit.Sealed) error {
	text, err := lines(batch)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	id, at := "seal-"+strconv.FormatInt(batch.Number, 10), strconv.FormatInt(w.clock.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/jsonl")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+w.signature(id, at, text))
	resp, err := w.client.Do(req)
	if err != nil {
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err // without the address, which may hold a secret
		}
		return fmt.Errorf("AUDIT_STREAM: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // what it says beyond the status does not matter
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusTooManyRequests:
		return jobs.PostponedBy(resp.Header.Get("Retry-After"), errors.New("AUDIT_STREAM answered 429"))
	}
	return fmt.Errorf("AUDIT_STREAM answered %d", resp.StatusCode)
}

func (w *Webhook) signature(id, at string, body []byte) string {
	mac := hmac.New(sha256.New, w.key)
	fmt.Fprintf(mac, "%s.%s.", id, at)
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
