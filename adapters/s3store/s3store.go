// Package s3store keeps files in an object store that speaks the API of Amazon S3, by
// minio-go: Amazon's, Cloudflare's R2, DigitalOcean's Spaces, MinIO, Ceph.
//
// It promises what ports/blobs says. A file is sent in one request, or in parts that
// become one object at the end, so nothing half is ever seen.
package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/neoforge-dev/neoforge/ports/blobs"
)

// Options say where the bucket is.
type Options struct {
	Endpoint  string // host, and port where it is not that of the scheme
	Insecure  bool   // http, which only a store on this machine should speak
	Region    string // empty: asked of the store
	Bucket    string
	Prefix    string // of all keys; empty, or ending in a slash
	AccessKey string
	SecretKey string
	PathStyle bool              // the bucket stands in the path rather than the host's name
	Transport http.RoundTripper // nil: the library's own
}

// Store keeps files in a bucket.
type Store struct {
	client *minio.Client
	bucket string
	prefix string
}

var _ blobs.Store = (*Store)(nil)

// New returns the store of a bucket. It asks nothing of it yet.
func New(o Options) (*Store, error) {
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: !o.Insecure, Region: o.Region, BucketLookup: lookup, Transport: o.Transport, MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("s3store: %w", err)
	}
	return &Store{client: client, bucket: o.Bucket, prefix: o.Prefix}, nil
}

// Check fails when the bucket is not there, or may not be asked.
func (s *Store) Check(ctx context.Context) error {
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return s.fault(ctx, err)
	}
	if !there {
		return fmt.Errorf("s3store: there is no bucket %q", s.bucket)
	}
	return nil
}

// Put implements blobs.Store.
func (s *Store) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	if !blobs.ValidKey(key) || size < 1 {
		return fmt.Errorf("s3store: %q with %d bytes is no file", key, size)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	source := &counted{r: io.LimitReader(r, size)}
	_, err := s.client.PutObject(ctx, s.bucket, s.prefix+key, source, size, minio.PutObjectOptions{ContentType: contentType, DisableMultipart: size <= singlePart})
	switch {
	case err == nil:
		return nil
	case source.failed != nil:
		return fmt.Errorf("s3store: read what is to be kept: %w", source.failed)
	case source.ended && source.n < size:
		return fmt.Errorf("s3store: %d bytes of %d: %w", source.n, size, io.ErrUnexpectedEOF)
	}
	return s.fault(ctx, err)
}

// singlePart is up to which size a file goes in one request.
const singlePart = 16 << 20

// counted tells a reader that failed or was too short from a store that did.
type counted struct {
	r      io.Reader
	n      int64
	ended  bool
	failed error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		c.ended = true
	case err != nil:
		c.failed = err
	}
	return n, err
}

// Get implements blobs.Store.
func (s *Store) Get(ctx context.Context, key string, part blobs.Range) (blobs.File, error) {
	if err := ctx.Err(); err != nil {
		return blobs.File{}, err
	}
	if !blobs.ValidKey(key) {
		return blobs.File{}, blobs.ErrNotFound
	}
	o := minio.GetObjectOptions{}
	var err error
	switch {
	case part.Length > 0:
		err = o.SetRange(part.Offset, part.Offset+part.Length-1)
	case part.Offset > 0:
		err = o.SetRange(part.Offset, 0)
	}
	if err != nil {
		return blobs.File{}, fmt.Errorf("s3store: %w", err)
	}
	// One request, whose body is read as it comes: the client's own object asks twice.
	core := minio.Core{Client: s.client}
	body, info, header, err := core.GetObject(ctx, s.bucket, s.prefix+key, o)
	if minio.ToErrorResponse(err).StatusCode == http.StatusRequestedRangeNotSatisfiable {
		info, err := s.client.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
		if err != nil {
			return blobs.File{}, s.fault(ctx, err)
		}
		return blobs.File{ReadCloser: http.NoBody, Size: info.Size}, nil
	}
	if err != nil {
		return blobs.File{}, s.fault(ctx, err)
	}
	size := info.Size
	if _, whole, found := strings.Cut(header.Get("Content-Range"), "/"); found {
		if _, err := fmt.Sscan(whole, &size); err != nil {
			_ = body.Close()
			return blobs.File{}, fmt.Errorf("s3store: %w (Content-Range %q)", blobs.ErrUnavailable, header.Get("Content-Range"))
		}
	}
	return blobs.File{ReadCloser: body, Size: size}, nil
}

// Delete implements blobs.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if !blobs.ValidKey(key) {
		return nil
	}
	err := s.client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err == nil || minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil
	}
	return s.fault(ctx, err)
}

// List implements blobs.Store.
func (s *Store) List(ctx context.Context, prefix, after string, each func(blobs.Info) error) error {
	if !blobs.ValidKey(strings.TrimSuffix(prefix, "/")) {
		return nil
	}
	listing, cancel := context.WithCancel(ctx)
	defer cancel()
	from := ""
	if after != "" {
		from = s.prefix + after
	}
	for object := range s.client.ListObjectsIter(listing, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true, StartAfter: from}) {
		if object.Err != nil {
			return s.fault(ctx, object.Err)
		}
		key := strings.TrimPrefix(object.Key, s.prefix)
		if key <= after || !blobs.ValidKey(key) {
			continue
		}
		if err := each(blobs.Info{Key: key, Size: object.Size, ModifiedAt: object.LastModified.UTC()}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Store) fault(ctx context.Context, err error) error {
	switch answer := minio.ToErrorResponse(err); {
	case ctx.Err() != nil:
		return fmt.Errorf("s3store: %w (%w)", ctx.Err(), err)
	case answer.Code == minio.NoSuchKey, answer.StatusCode == http.StatusNotFound && answer.Code != minio.NoSuchBucket:
		return blobs.ErrNotFound
	}
	return fmt.Errorf("s3store: %w (%w)", blobs.ErrUnavailable, err)
}
