package config

import (
	"fmt"
	"net/url"
)

// Redis is what replicas share; empty for one process alone.
type Redis struct {
	URL string `env:"REDIS_URL" secret:"true" doc:"redis://, rediss:// or redis+cluster://host1,host2; empty: cache, limits and messages stay in the process"`
}

func (r Redis) validate() []error {
	if r.URL == "" {
		return nil
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || (u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "redis+cluster") {
		return []error{fmt.Errorf("REDIS_URL is not a Redis address: use redis://host:6379/0, rediss:// or redis+cluster://host1,host2, or leave it empty")}
	}
	return nil
}
