package wire

import (
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

// fileWarnings says what several replicas would miss.
func fileWarnings(s contentconfig.Settings, c config.Config) []string {
	if s.StorageURL != "" || !c.Database.IsPostgres() {
		return nil
	}
	return []string{"STORAGE_URL is not set, so pictures are kept in the folder " + s.Folder(c.Database.URL) + " of this machine, where no other replica finds them: name a bucket, or a folder that all replicas share"}
}
