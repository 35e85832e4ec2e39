package config

import (
	"fmt"
	"net/url"
	"strings"
)

// Redis is what replicas share; empty for one process alone.
type Redis struct {
	URL      string `env:"REDIS_URL" secret:"true" doc:"redis://, rediss:// or redis+cluster://host1,host2; empty: cache, limits and messages stay in the process"`
	Password string `env:"REDIS_PASSWORD" secret:"true" doc:"the password of REDIS_URL where it has none, as it is: nothing in it is encoded"`
}

var redisForms = map[string]string{
	"redis": "redis://host:6379/0", "rediss": "rediss://host:6379/0",
	"redis+cluster": "redis+cluster://host1:6379,host2:6379", "rediss+cluster": "rediss+cluster://host1:6379,host2:6379",
}

// Nothing of the address is repeated: any part may be a piece of the password.
func (r Redis) validate() []error {
	scheme, rest, _ := strings.Cut(r.URL, "://")
	form, known := redisForms[scheme]
	switch {
	case r.URL == "" && r.Password != "":
		return []error{fmt.Errorf("REDIS_PASSWORD is set, but REDIS_URL is not: set REDIS_URL=redis://host:6379/0, or leave it empty")}
	case r.URL == "":
		return nil
	case !known || rest == "":
		return []error{fmt.Errorf("REDIS_URL is not a Redis address: use redis://host:6379/0, rediss:// or redis+cluster://host1,host2, or leave it empty")}
	}
	// A cluster's list of hosts is not what net/url reads.
	first, _, _ := strings.Cut(rest, ",")
	u, err := url.Parse("redis://" + first)
	if err != nil || u.Host == "" || strings.Contains(u.Path+u.RawQuery, "@") || u.Fragment != "" {
		return []error{fmt.Errorf("REDIS_URL cannot be read: use %s, where / + = @ ? # %% and the like in a password are percent-encoded, or leave the password out and set REDIS_PASSWORD", form)}
	}
	if password, _ := u.User.Password(); password != "" && r.Password != "" {
		return []error{fmt.Errorf("REDIS_PASSWORD is set, and REDIS_URL has a password too: keep one of them, such as REDIS_URL=%s", form)}
	}
	return nil
}
