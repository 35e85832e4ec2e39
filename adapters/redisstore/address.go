package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

// options reads an address. Its errors say nothing of the password.
func options(address string) (*redis.UniversalOptions, error) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return nil, errors.New("the address must begin with redis://, rediss:// or redis+cluster://")
	}
	switch scheme {
	case "redis", "rediss":
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, withoutAddress(err)
		}
		return &redis.UniversalOptions{
			Addrs: []string{o.Addr}, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
			DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout,
		}, nil
	case "redis+cluster", "rediss+cluster":
		return clusterOptions(scheme == "rediss+cluster", rest)
	}
	return nil, fmt.Errorf("the address begins with %s://, want redis://, rediss:// or redis+cluster://", scheme)
}

// clusterOptions reads "user:password@host1:port,host2": a list of hosts is not
// what net/url reads.
func clusterOptions(secure bool, rest string) (*redis.UniversalOptions, error) {
	o := &redis.UniversalOptions{IsClusterMode: true}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		name, password, _ := strings.Cut(rest[:i], ":")
		var err error
		if o.Username, err = url.PathUnescape(name); err != nil {
			return nil, errors.New("the user name is not percent-encoded")
		}
		if o.Password, err = url.PathUnescape(password); err != nil {
			return nil, errors.New("the password is not percent-encoded")
		}
		rest = rest[i+1:]
	}
	for host := range strings.SplitSeq(strings.TrimSuffix(rest, "/"), ",") {
		if host == "" || strings.ContainsAny(host, "/?# ") {
			return nil, fmt.Errorf("%q is not a host of a cluster; write redis+cluster://host1,host2:6380", host)
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), "6379")
		}
		o.Addrs = append(o.Addrs, host)
	}
	if secure {
		name, _, _ := net.SplitHostPort(o.Addrs[0])
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name}
	}
	return o, nil
}

// withoutAddress drops the address, and the password in it, from net/url's errors.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("the address cannot be read: %w", u.Err)
	}
	return err
}
