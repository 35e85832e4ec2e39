package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/filestore"
	"github.com/neoforge-dev/neoforge/adapters/s3store"
)

// TestBucketWarnings_SayThatABucketIsAway has one bucket that is there, and one that is not.
func TestBucketWarnings_SayThatABucketIsAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/pictures") {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	for bucket, want := range map[string]int{"pictures": 0, "absent": 1} {
		files, err := s3store.New(s3store.Options{
			Endpoint: strings.TrimPrefix(server.URL, "http://"), Insecure: true, Region: "eu-central-1", Bucket: bucket, PathStyle: true, AccessKey: "key", SecretKey: "secret",
		})
		if err != nil {
			t.Fatal(err)
		}
		if warnings := bucketWarnings(t.Context(), files); len(warnings) != want || want > 0 && !strings.Contains(warnings[0], `"absent"`) {
			t.Errorf("%s: %q", bucket, warnings)
		}
	}
	folder, err := filestore.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if warnings := bucketWarnings(t.Context(), folder); len(warnings) > 0 {
		t.Errorf("a folder: %q", warnings)
	}
}
