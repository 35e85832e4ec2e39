package s3store_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/neoforge-dev/neoforge/adapters/s3store"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/blobs/blobstest"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

// mustServe is a server with a bucket, and where it is.
func mustServe(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("pictures"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server, strings.TrimPrefix(server.URL, "http://")
}

func mustOpen(t *testing.T, endpoint, bucket string) *s3store.Store {
	t.Helper()
	s, err := s3store.New(s3store.Options{
		Endpoint: endpoint, Insecure: true, Region: "us-east-1", Bucket: bucket, Prefix: "site/", AccessKey: "key", SecretKey: "secret", PathStyle: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3store_KeepsTheContract(t *testing.T) {
	t.Parallel()
	blobstest.Run(t, func(t *testing.T) blobs.Store {
		_, endpoint := mustServe(t)
		return mustOpen(t, endpoint, "pictures")
	})
}

func TestS3store_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	server, endpoint := mustServe(t)
	if err := mustOpen(t, endpoint, "pictures").Check(t.Context()); err != nil {
		t.Errorf("a bucket that is there: %v", err)
	}
	if err := mustOpen(t, endpoint, "others").Check(t.Context()); err == nil {
		t.Error("a bucket that is not there is taken")
	}
	s := mustOpen(t, endpoint, "pictures")
	server.Close()
	if _, err := s.Get(t.Context(), "a/b", blobs.Range{}); !errors.Is(err, blobs.ErrUnavailable) {
		t.Errorf("a store that is away: %v", err)
	}
}
