package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
)

// cli is what every command needs.
type cli struct {
	product Product
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	environ []string
}

// open reads the settings and opens the application. The caller closes it.
func (c *cli) open(ctx context.Context) (*wire.Application, config.Config, error) {
	cfg, log, err := c.settings()
	if err != nil {
		return nil, config.Config{}, err
	}
	app, err := wire.Open(ctx, cfg, log, c.product)
	return app, cfg, err
}

func (c *cli) settings() (config.Config, *zap.Logger, error) {
	cfg, err := config.Load(c.environ, wire.Sections(c.product.Modules...)...)
	if err != nil {
		return config.Config{}, nil, err
	}
	if err := wire.Prepare(&cfg); err != nil {
		return config.Config{}, nil, err
	}
	log, err := wire.Logger(cfg, c.errOut)
	return cfg, log, err
}

func (c *cli) serve(ctx context.Context) (err error) {
	app, cfg, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.BringUp(ctx, c.errOut); err != nil {
		return err
	}
	app.Warn(ctx)
	app.TellOfChanges()
	return app.Serve(ctx, nil, func(addr net.Addr) {
		fmt.Fprint(c.out, welcome(c.product.Name, cfg, addr, app.People()))
	})
}

func (c *cli) work(ctx context.Context) (err error) {
	app, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Ready(ctx); err != nil {
		return err
	}
	return app.Work(ctx)
}

// welcome says where to go and, in development, whom to sign in as.
func welcome(name string, cfg config.Config, addr net.Addr, people []wire.SamplePerson) string {
	var b strings.Builder
	if cfg.IsProduction() {
		fmt.Fprintf(&b, "%s serves %s on %s\n", name, cfg.HTTP.BaseURL, addr)
		return b.String()
	}
	fmt.Fprintf(&b, "\n  %-15s %s\n", name+" is at", cfg.HTTP.BaseURL)
	if len(people) > 0 {
		fmt.Fprintf(&b, "  Sign in at      %s/login with \"Development sign-in\", as\n\n", cfg.HTTP.BaseURL)
		for _, p := range people {
			fmt.Fprintf(&b, "      %-20s %s\n", p.Email, p.About)
		}
		fmt.Fprintf(&b, "\n  or by the password %s.\n", people[0].Password)
		fmt.Fprintf(&b, "  Mail is at      %s/dev/mailbox, all of development at %s/dev\n", cfg.HTTP.BaseURL, cfg.HTTP.BaseURL)
	}
	fmt.Fprint(&b, "  Stop with       Ctrl+C\n\n")
	return b.String()
}

func (c *cli) seed(ctx context.Context) (err error) {
	app, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Ready(ctx); err != nil {
		return err
	}
	return app.Seed(ctx, c.out)
}

// healthcheck asks the local process, so that an image without a shell can have a
// HEALTHCHECK.
func (c *cli) healthcheck(ctx context.Context) error {
	cfg, err := config.Load(c.environ, wire.Sections(c.product.Modules...)...)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(cfg.HTTP.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	client, scheme := http.DefaultClient, "http://"
	if cfg.TLS.Enabled() {
		client, scheme = secureClient(cfg.HTTP.BaseURL), "https://"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return wire.Explain(err, "nobody answers on port %s", port)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
		return fmt.Errorf("not ready: %s", body)
	}
	return nil
}

// secureClient asks this machine itself for the site at base. Whether the certificate is
// good is not the question: one that has ended would have the process killed, which mends
// nothing.
func secureClient(base string) *http.Client {
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // see above
	}}
}
