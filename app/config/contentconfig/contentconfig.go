// Package contentconfig is content's settings: where the files of pictures are kept, and
// how much people may upload.
package contentconfig

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/neoforge-dev/neoforge/app/config"
)

// Settings are content's.
type Settings struct {
	StorageURL string `env:"STORAGE_URL" doc:"where the files of pictures are kept: file:///a/folder, or s3://bucket/prefix?endpoint=https://host&region=eu-central-1; empty: the folder media beside the SQLite file, or var/media"`
	AccessKey  string `env:"STORAGE_ACCESS_KEY" doc:"the id of the key by which an s3:// STORAGE_URL is opened"`
	SecretKey  string `env:"STORAGE_SECRET_KEY" secret:"true" doc:"its secret"`
	MaxMB      int    `env:"MEDIA_MAX_MB" envDefault:"25" doc:"the most megabytes of one picture; each that is looked at takes as much memory"`
	DailyMB    int    `env:"MEDIA_DAILY_MB" envDefault:"500" doc:"the most megabytes that one person uploads in a day, in UTC; 0: no limit"`
	Embeds     string `env:"EMBED_PROVIDERS" envDefault:"youtube,vimeo,codepen" doc:"the sites, comma-separated, of which a link that stands alone can be opened in the page of its post, once its reader agrees; none: of no site"`

	bucket Bucket
	folder string
}

// Bucket is a bucket of an object store.
type Bucket struct {
	Endpoint  string // host and port
	Insecure  bool   // http
	Region    string
	Name      string
	Prefix    string // empty, or ending in a slash
	PathStyle bool
}

var _ config.Validator = (*Settings)(nil)

// Validate implements config.Validator.
func (s *Settings) Validate(production bool) []error {
	faults := s.parse(production)
	if s.MaxMB < 1 || s.MaxMB > 100 {
		faults = append(faults, fmt.Errorf("MEDIA_MAX_MB is %d: use 1 to 100", s.MaxMB))
	}
	if s.DailyMB < 0 || s.DailyMB > 1_000_000 {
		faults = append(faults, fmt.Errorf("MEDIA_DAILY_MB is %d: use 1 to 1000000, or 0 for no limit", s.DailyMB))
	}
	return append(faults, s.checkEmbeds()...)
}

func (s *Settings) checkEmbeds() (faults []error) {
	for _, key := range s.EmbedProviders() {
		if !embedKey.MatchString(key) {
			faults = append(faults, fmt.Errorf("EMBED_PROVIDERS names %q: use names of lower case letters, digits and hyphens, separated by commas, such as youtube,vimeo, or none", key))
		}
	}
	return faults
}

var embedKey = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)

// EmbedProviders lists the sites of EMBED_PROVIDERS.
func (s *Settings) EmbedProviders() []string {
	if strings.TrimSpace(s.Embeds) == "none" || s.Embeds == "" {
		return nil
	}
	keys := strings.Split(s.Embeds, ",")
	for i, key := range keys {
		keys[i] = strings.TrimSpace(key)
	}
	return keys
}

func (s *Settings) parse(production bool) []error {
	const forms = "use file:///var/lib/neoforge/media, or s3://bucket?endpoint=https://host"
	u, err := url.Parse(s.StorageURL)
	if err != nil || u.User != nil || u.Fragment != "" {
		return []error{fmt.Errorf("STORAGE_URL is not an address: %s; keys stand in STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY", forms)}
	}
	if u.Scheme == "s3" {
		return s.parseBucket(u, production)
	}
	var faults []error
	for name, value := range map[string]string{"STORAGE_ACCESS_KEY": s.AccessKey, "STORAGE_SECRET_KEY": s.SecretKey} {
		if value != "" {
			faults = append(faults, fmt.Errorf("%s is set, but STORAGE_URL names no bucket: leave it empty, or set STORAGE_URL=s3://bucket?endpoint=https://host", name))
		}
	}
	switch {
	case s.StorageURL == "":
	case u.Scheme != "file":
		faults = append(faults, fmt.Errorf("STORAGE_URL begins with neither file:// nor s3://: %s", forms))
	case u.RawQuery != "" || u.Host+u.Path == "" || filepath.Clean(u.Host+u.Path) != strings.TrimSuffix(u.Host+u.Path, "/"):
		faults = append(faults, fmt.Errorf("STORAGE_URL is %q: name a folder, such as file:///var/lib/neoforge/media", s.StorageURL))
	default:
		s.folder = filepath.Clean(u.Host + u.Path)
	}
	return faults
}

var bucketPrefix = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,60}(/[a-z0-9][a-z0-9.-]{0,60}){0,3}$`)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (s *Settings) parseBucket(u *url.URL, production bool) []error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	query := u.Query()
	endpoint, err := url.Parse(query.Get("endpoint"))
	switch {
	case !bucketName.MatchString(u.Host):
		add("STORAGE_URL names no bucket: use s3://bucket?endpoint=https://host")
	case query.Get("endpoint") == "":
		add("STORAGE_URL has no endpoint: add ?endpoint=https://s3.eu-central-1.amazonaws.com, or what your provider says")
	case err != nil || endpoint.Host == "" || endpoint.User != nil || strings.Trim(endpoint.Path, "/") != "" || endpoint.RawQuery != "":
		add("STORAGE_URL has an endpoint that is not one: write endpoint=https://host")
	case endpoint.Scheme != "https" && endpoint.Scheme != "http":
		add("STORAGE_URL has an endpoint that begins with neither https:// nor http://: write endpoint=https://host")
	case production && endpoint.Scheme == "http" && !loopback(endpoint.Hostname()):
		add("STORAGE_URL has an endpoint that begins with http, which would show pictures and keys to the network: use https")
	}
	for name := range query {
		if name != "endpoint" && name != "region" && name != "path_style" {
			add("STORAGE_URL has the parameter %q, which nothing reads: use endpoint, region and path_style", name)
		}
	}
	if style := query.Get("path_style"); style != "" && style != "true" && style != "false" {
		add("STORAGE_URL has path_style=%s: use true or false", style)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" && (!bucketPrefix.MatchString(prefix)) {
		add("STORAGE_URL has a prefix with other characters than a to z, 0 to 9, dots and hyphens: use s3://bucket/prefix?…")
	}
	if s.AccessKey == "" || s.SecretKey == "" {
		add("STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY are both needed for an s3:// STORAGE_URL: make a key that may read, write, list and delete in the bucket")
	}
	if len(faults) > 0 {
		return faults
	}
	s.bucket = Bucket{
		Endpoint: endpoint.Host, Insecure: endpoint.Scheme == "http", Region: query.Get("region"), Name: u.Host, PathStyle: query.Get("path_style") == "true",
	}
	if prefix != "" {
		s.bucket.Prefix = prefix + "/"
	}
	return nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// Bucket is the bucket that STORAGE_URL names; false where that is a folder.
func (s Settings) Bucket() (Bucket, bool) { return s.bucket, s.bucket.Name != "" }

// Folder is where files are kept, by the address of the database where nothing is set.
func (s Settings) Folder(databaseURL string) string {
	if s.folder != "" {
		return s.folder
	}
	file, ok := strings.CutPrefix(databaseURL, "sqlite://")
	if file, _, _ = strings.Cut(file, "?"); !ok || strings.HasPrefix(file, ":") {
		return filepath.Join("var", "media")
	}
	return filepath.Join(filepath.Dir(file), "media")
}
