package wire

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/config"
)

// Prepare completes the settings on this machine: in development it makes the
// folder of the SQLite file and keeps a SECRET_KEY in it, readable by its owner
// only. Its errors say what to do.
func Prepare(cfg *config.Config) error {
	if file, ok := strings.CutPrefix(cfg.Database.URL, "sqlite://"); ok && file != ":memory:" {
		if err := makeFolder(filepath.Dir(file)); err != nil {
			return err
		}
	}
	if len(cfg.Secrets.Keys) > 0 {
		return nil
	}
	const file = "var/secret.key"
	if err := makeFolder(filepath.Dir(file)); err != nil {
		return err
	}
	key, err := keptKey(file)
	if err != nil {
		return err
	}
	cfg.Secrets.Keys = [][]byte{key}
	return nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return explainFolder(dir, err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return explainFolder(dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

func explainFolder(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return Explain(err, "the folder %s cannot be written to: start in a folder of yours, or set DATABASE_URL=sqlite:///a/folder/of/yours/neoforge.db and SECRET_KEY", absolute(dir))
	}
	reason := err
	var path *fs.PathError
	if errors.As(err, &path) {
		reason = path.Err // without the operation, and the path once more
	}
	return Explain(err, "the folder %s cannot be used (%v): correct the path in DATABASE_URL, or start in another folder", absolute(dir), reason)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// keptKey reads the key, or makes it. Of two processes that start at once, one
// makes it and both use it.
func keptKey(file string) ([]byte, error) {
	for range 2 {
		text, err := os.ReadFile(file)
		if err == nil {
			key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
			if err != nil || len(key) < 32 {
				return nil, fmt.Errorf("%s does not hold a key: delete it, and everybody signs in again", absolute(file))
			}
			return key, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, explainFolder(filepath.Dir(file), err)
		}
		var key [32]byte
		_, _ = rand.Read(key[:])
		if err := writeOnce(file, base64.StdEncoding.EncodeToString(key[:])+"\n"); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, explainFolder(filepath.Dir(file), err)
		}
	}
	return nil, fmt.Errorf("%s appears and disappears: start again", absolute(file))
}

// writeOnce puts a whole file in place, or fails with fs.ErrExist.
func writeOnce(file, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".key-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.WriteString(text); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Link(tmp.Name(), file)
}

// Logger makes the program's log: JSON in production, lines for people otherwise.
func Logger(cfg config.Config, w io.Writer) (*zap.Logger, error) {
	return zaplog.New(cfg.Logging.Level, cfg.IsProduction(), w)
}

// BringUp makes ready to serve: it finds the pages, and brings the database to the
// schema of this program in development. In production a database that lacks
// migrations is an error, since replicas of another version may be using it.
func (a *Application) BringUp(ctx context.Context, out io.Writer) error {
	store, err := assets.Default(ctx, out, a.product.Dist, webModules(a.modules)...)
	if err != nil {
		return err
	}
	if err := a.openPages(store); err != nil {
		return err
	}
	if a.cfg.IsProduction() {
		return a.Ready(ctx)
	}
	if err := a.Migrate(ctx); err != nil {
		return err
	}
	if err := a.Ready(ctx); err != nil {
		return err
	}
	if !a.developing {
		return nil
	}
	return a.Seed(ctx, io.Discard)
}

func explainListen(setting, addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return Explain(err, "something else listens on %s: stop it, or choose another address with %s=127.0.0.1:<port>", addr, setting)
	case errors.Is(err, syscall.EACCES):
		return Explain(err, "this user may not listen on %s: choose a port above 1023 with %s=127.0.0.1:<port>", addr, setting)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) || errors.Is(err, syscall.EADDRNOTAVAIL) {
		return Explain(err, "%s is %s, which is no address of this machine: use 127.0.0.1:8080, or 0.0.0.0:8080 for all of them", setting, addr)
	}
	reason := err
	var op *net.OpError
	if errors.As(err, &op) {
		reason = op.Err
	}
	return Explain(err, "%s is %s, where nobody can listen (%v): use host:port, such as 127.0.0.1:8080", setting, addr, reason)
}

// explainDatabase puts into one sentence why the database cannot be used. The
// address is not repeated: it may hold a password.
func explainDatabase(cfg config.Config, err error) error {
	text := err.Error()
	if !cfg.Database.IsPostgres() {
		file := absolute(strings.TrimPrefix(cfg.Database.URL, "sqlite://"))
		switch {
		case errors.Is(err, syscall.EISDIR):
			return Explain(err, "DATABASE_URL names the folder %s: add the name of a file, DATABASE_URL=sqlite://%s", file, filepath.Join(file, "neoforge.db"))
		case errors.Is(err, fs.ErrPermission) || strings.Contains(text, "readonly") || strings.Contains(text, "read-only") || strings.Contains(text, "unable to open"):
			return Explain(err, "the database file %s cannot be opened for writing: check who owns it and its folder, or choose another with DATABASE_URL=sqlite://<path>", file)
		case strings.Contains(text, "not a database"):
			return Explain(err, "the file %s is not an SQLite database: choose another with DATABASE_URL=sqlite://<path>", file)
		}
		return err
	}
	variable := "DATABASE_URL"
	if cfg.Database.DirectURL != "" {
		variable += " or DATABASE_DIRECT_URL"
	}
	var op *net.OpError
	var dns *net.DNSError
	code, message := entstore.PostgresError(err)
	switch {
	case errors.Is(err, entstore.ErrBadURL):
		_, reason, _ := strings.Cut(text, entstore.ErrBadURL.Error()+": ")
		return Explain(err, "%s cannot be read (%s): correct it, such as postgres://user:password@host:5432/name?sslmode=require", variable, reason)
	case code == "28P01", strings.Contains(text, "password authentication failed"):
		return Explain(err, "Postgres refuses the user or the password of %s: correct it there, or in DATABASE_PASSWORD", variable)
	case code == "3D000":
		return Explain(err, "Postgres has no database of the name in %s: create it, or correct the name", variable)
	case code == "42704" && strings.Contains(message, "parameter"):
		return Explain(err, "Postgres does not know a parameter in %s (%s): correct its name, or take it out", variable, message)
	case code == "22023" && strings.Contains(message, "parameter"):
		return Explain(err, "Postgres refuses the value of a parameter in %s (%s): correct it", variable, message)
	case strings.Contains(message, "unsupported startup parameter"):
		return Explain(err, "the pooler at DATABASE_URL refuses a parameter in it (%s): take it out, and set it in Postgres with ALTER ROLE … SET", message)
	case errors.As(err, &dns):
		return Explain(err, "the host of %s (%s) cannot be found: correct it, or start the network it is in", variable, dns.Name)
	case errors.As(err, &op), errors.Is(err, syscall.ECONNREFUSED):
		return Explain(err, "nobody answers at the host and port of %s: start Postgres there, or correct the address", variable)
	}
	return err
}

// explainMigrations says what migrations need that the database does not give.
func (a *Application) explainMigrations(err error) error {
	if errors.Is(err, migrations.ErrNoSessions) {
		return Explain(err, "DATABASE_URL leads through a pooler, and migrations need a connection past it: set DATABASE_DIRECT_URL=postgres://user:password@host:5432/name, or DATABASE_POOLER=session if the pooler is in session mode")
	}
	if errors.Is(err, migrations.ErrChanged) {
		return Explain(err, "the migrations changed meanwhile, and nothing was rolled back: `%s migrate status` shows how they are now", a.product.CommandName())
	}
	if err == nil {
		return nil
	}
	return explainDatabase(a.cfg, err)
}
