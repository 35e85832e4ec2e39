package contentconfig_test

import (
	"os"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/config/contentconfig"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

func load(t *testing.T, environ ...string) (contentconfig.Settings, error) {
	t.Helper()
	c, err := config.Load(environ, config.SectionOf[contentconfig.Settings]("content", ""))
	if err != nil {
		return contentconfig.Settings{}, err
	}
	is, err := c.Of("content")
	if err != nil {
		t.Fatal(err)
	}
	return is.(contentconfig.Settings), nil
}

func TestStorage_IsAFolderBesideTheDatabaseUnlessSaid(t *testing.T) {
	t.Parallel()
	for database, want := range map[string]string{
		"sqlite://var/neoforge.db": "var/media", "sqlite:///data/x.db": "/data/media", "sqlite://x.db?mode=rw": "media",
		"sqlite://:memory:": "var/media", "postgres://db/x": "var/media",
	} {
		s, err := load(t)
		if err != nil {
			t.Fatal(err)
		}
		if have := s.Folder(database); have != want {
			t.Errorf("%s: have %s, want %s", database, have, want)
		}
	}
	s, err := load(t, "STORAGE_URL=file:///srv/pictures/")
	if err != nil || s.Folder("sqlite://x.db") != "/srv/pictures" {
		t.Errorf("have %s, %v", s.Folder("sqlite://x.db"), err)
	}
}

func TestStorage_ReadsABucket(t *testing.T) {
	t.Parallel()
	s, err := load(t, "STORAGE_URL=s3://pictures/site.one?endpoint=https://s3.example.com&region=eu-1&path_style=true", "STORAGE_ACCESS_KEY=a", "STORAGE_SECRET_KEY=b")
	if err != nil {
		t.Fatal(err)
	}
	want := contentconfig.Bucket{Endpoint: "s3.example.com", Region: "eu-1", Name: "pictures", Prefix: "site.one/", PathStyle: true}
	if have, ok := s.Bucket(); !ok || have != want {
		t.Errorf("have %+v, want %+v", have, want)
	}
}

func TestStorage_SaysWhatToWriteInstead(t *testing.T) {
	t.Parallel()
	keys := []string{"STORAGE_ACCESS_KEY=a", "STORAGE_SECRET_KEY=hunter2"}
	for given, want := range map[string]string{
		"STORAGE_URL=ftp://x":                                     "begins with neither",
		"STORAGE_URL=file://":                                     "name a folder",
		"STORAGE_URL=file:///a/../b":                              "name a folder",
		"STORAGE_URL=s3://B?endpoint=https://x":                   "names no bucket",
		"STORAGE_URL=s3://bucket":                                 "has no endpoint",
		"STORAGE_URL=s3://bucket?endpoint=x":                      "is not one",
		"STORAGE_URL=s3://bucket?endpoint=ftp://x":                "neither https:// nor http://",
		"STORAGE_URL=s3://bucket?endpoint=https://x&acl=y":        `"acl"`,
		"STORAGE_URL=s3://bucket?endpoint=https://x&path_style=1": "true or false",
		"STORAGE_URL=s3://bucket/ä?endpoint=https://x":            "prefix",
		"STORAGE_URL=s3://key:hunter2@bucket?endpoint=https://x":  "keys stand in",
		"MEDIA_MAX_MB=0":                                          "MEDIA_MAX_MB is 0",
		"EMBED_PROVIDERS=youtube,":                                `names ""`,
		"EMBED_PROVIDERS=You Tube":                                `names "You Tube"`,
		"MEDIA_DAILY_MB=-1":                                       "MEDIA_DAILY_MB is -1",
	} {
		_, err := load(t, append([]string{given}, keys...)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: have %v, want %q", given, err, want)
		}
	}
	if _, err := load(t, "STORAGE_URL=s3://bucket?endpoint=https://x"); err == nil || !strings.Contains(err.Error(), "are both needed") {
		t.Errorf("without keys: %v", err)
	}
	if _, err := load(t, keys[1]); err == nil || !strings.Contains(err.Error(), "names no bucket") {
		t.Errorf("a key without a bucket: %v", err)
	}
}
