package config

import (
	"strings"
	"testing"
)

func TestLoad_TakesCloudflareWhole(t *testing.T) {
	t.Parallel()
	const zone, token = "CLOUDFLARE_ZONE_ID=023e105f4ecef8ad9ca31a8372d0c353", "CLOUDFLARE_API_TOKEN=hunter2"
	for _, row := range []struct {
		environ []string
		want    string // in the refusal; empty: it is accepted
	}{
		{nil, ""},
		{[]string{zone, token}, ""},
		{[]string{zone, token, "CLOUDFLARE_API_URL=http://127.0.0.1:1234"}, ""},
		{[]string{zone}, "CLOUDFLARE_API_TOKEN is not"},
		{[]string{token}, "CLOUDFLARE_ZONE_ID is not"},
		{[]string{"CLOUDFLARE_ZONE_ID=example.com", token}, "32 hexadecimal digits"},
		{[]string{zone, token, "CLOUDFLARE_API_URL=api.cloudflare.com"}, "CLOUDFLARE_API_URL is not an address"},
		{[]string{"APP_ENV=production", zone, token, "CLOUDFLARE_API_URL=http://127.0.0.1:1234"}, "CLOUDFLARE_API_URL begins with http"},
	} {
		c, err := Load(row.environ)
		switch {
		case row.want == "" && (err != nil || c.Cloudflare.Purges() != (len(row.environ) > 0)):
			t.Errorf("%v: %v, purges %t", row.environ, err, c.Cloudflare.Purges())
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%v does not say %s: %v", row.environ, row.want, err)
		}
	}
}
