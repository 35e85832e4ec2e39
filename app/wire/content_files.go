package wire

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/filestore"
	"github.com/neoforge-dev/neoforge/adapters/s3store"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/config/contentconfig"
	"github.com/neoforge-dev/neoforge/ports/blobs"
)

// openFiles opens where the files of pictures are kept.
func openFiles(s contentconfig.Settings, c config.Config) (blobs.Store, error) {
	if b, ok := s.Bucket(); ok {
		return s3store.New(s3store.Options{
			Endpoint: b.Endpoint, Insecure: b.Insecure, Region: b.Region, Bucket: b.Name, Prefix: b.Prefix, PathStyle: b.PathStyle,
			AccessKey: s.AccessKey, SecretKey: s.SecretKey,
		})
	}
	return filestore.New(s.Folder(c.Database.URL))
}

// bucketTimeout bounds how long the start waits for a bucket.
const bucketTimeout = 5 * time.Second

// bucketWarnings says that a bucket is away when the program starts. It starts without:
// pages are read, and pictures come back with the bucket.
func bucketWarnings(ctx context.Context, files blobs.Store) []string {
	bucket, ok := files.(*s3store.Store)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	err := bucket.Check(ctx)
	if err == nil {
		return nil
	}
	return []string{"the bucket of STORAGE_URL cannot be used, so pictures are neither shown nor taken until it can: " + err.Error() + ". Look whether it is there, and whether STORAGE_ACCESS_KEY may read, write and list in it"}
}

// fileWarnings says what several replicas would miss.
func fileWarnings(s contentconfig.Settings, c config.Config) []string {
	if s.StorageURL != "" || !c.Database.IsPostgres() {
		return nil
	}
	return []string{"STORAGE_URL is not set, so pictures are kept in the folder " + s.Folder(c.Database.URL) + " of this machine, where no other replica finds them: name a bucket, or a folder that all replicas share"}
}
