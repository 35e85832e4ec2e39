package config

import (
	"fmt"
	"net/url"
	"regexp"
)

// Cloudflare is the network in front of the program that keeps public pages, where there
// is one.
type Cloudflare struct {
	ZoneID string `env:"CLOUDFLARE_ZONE_ID" doc:"the id of the zone at Cloudflare that serves BASE_URL: pages then carry their cache tags, and a change purges them there; empty: nothing is purged"`
	Token  string `env:"CLOUDFLARE_API_TOKEN" secret:"true" doc:"an API token with the permission Zone, Cache Purge, for that zone alone"`
	API    string `env:"CLOUDFLARE_API_URL" envDefault:"https://api.cloudflare.com/client/v4" doc:"the address of Cloudflare's API"`
}

// Purges reports whether a change purges pages.
func (c Cloudflare) Purges() bool { return c.ZoneID != "" }

var zoneID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (c Cloudflare) validate(production bool) []error {
	var faults []error
	switch {
	case c.ZoneID == "" && c.Token != "":
		faults = append(faults, fmt.Errorf("CLOUDFLARE_API_TOKEN is set, but CLOUDFLARE_ZONE_ID is not: set both, or none"))
	case c.ZoneID != "" && c.Token == "":
		faults = append(faults, fmt.Errorf("CLOUDFLARE_ZONE_ID is set, but CLOUDFLARE_API_TOKEN is not: make a token with the permission Zone, Cache Purge"))
	}
	if c.ZoneID != "" && !zoneID.MatchString(c.ZoneID) {
		faults = append(faults, fmt.Errorf("CLOUDFLARE_ZONE_ID is %q: use the zone's id, 32 hexadecimal digits, which its overview shows", c.ZoneID))
	}
	u, err := url.Parse(c.API)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		faults = append(faults, fmt.Errorf("CLOUDFLARE_API_URL is not an address: leave it out, or use one such as https://api.cloudflare.com/client/v4"))
	case production && u.Scheme != "https":
		faults = append(faults, fmt.Errorf("CLOUDFLARE_API_URL begins with http, which would show the token to the network: use https"))
	}
	return faults
}
