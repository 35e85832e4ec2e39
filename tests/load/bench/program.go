package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The public origin of the program under test, as settings and requests name it.
const (
	host   = "forge.example"
	origin = "https://" + host
)

// builder makes the programs that are measured.
type builder struct {
	root string // of the repository
	into string
	say  func(format string, args ...any)
}

// repository finds the folder of the module that the bench belongs to.
func repository(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/neoforge-dev/neoforge").Output()
	if err != nil {
		return "", errors.New("the bench builds what it measures: run it inside the repository, with Go installed")
	}
	return strings.TrimSpace(string(out)), nil
}

// program builds the release, as `task build` does.
func (b builder) program(ctx context.Context) (string, error) {
	bin := filepath.Join(b.into, "neoforge")
	b.say("building the release")
	if err := b.run(ctx, b.root, "go", "run", "./deploy/build"); err != nil {
		return "", err
	}
	return bin, b.run(ctx, b.root, "go", "build", "-tags", "release", "-trimpath", "-ldflags=-s -w", "-o", bin, "./app/neoforge")
}

// sampler builds the program for development, which alone has sample posts.
func (b builder) sampler(ctx context.Context) (string, error) {
	bin := filepath.Join(b.into, "sampler")
	b.say("building the writer of sample posts")
	return bin, b.run(ctx, b.root, "go", "build", "-o", bin, "./app/neoforge")
}

// peers builds the limits, from their own module.
func (b builder) peers(ctx context.Context) (fixed, postgres, hash string, err error) {
	b.say("building the peers")
	dir := filepath.Join(b.root, "tests", "load", "peers")
	into := func(name string) string { return filepath.Join(b.into, name) }
	err = b.run(ctx, dir, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.into+string(filepath.Separator), "./fixed", "./postgres", "./hash")
	return into("fixed"), into("postgres"), into("hash"), err
}

// pocketBase builds the peer of the row of that name, which takes minutes the first time.
func (b builder) pocketBase(ctx context.Context) (string, error) {
	bin := filepath.Join(b.into, "pocketbase-peer")
	b.say("building PocketBase")
	return bin, b.run(ctx, filepath.Join(b.root, "tests", "load", "peers", "pocketbase"), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, ".")
}

func (b builder) run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, lastLines(out))
	}
	return nil
}

// settings are those of an installation behind a proxy on this machine: nothing
// is switched off for the measurement. Requests carry their clients' addresses, so
// that the limit on requests of one address is in force and not reached.
type settings struct {
	database string
	secret   string
}

func newSettings(database string) settings {
	var key [32]byte
	_, _ = rand.Read(key[:])
	return settings{database: database, secret: base64.StdEncoding.EncodeToString(key[:])}
}

func (s settings) environ(environment string, more ...string) []string {
	return append([]string{
		"APP_ENV=" + environment, "DATABASE_URL=" + s.database, "SECRET_KEY=" + s.secret, "BASE_URL=" + origin,
		"TRUSTED_PROXIES=127.0.0.0/8", "MAIL_URL=smtp://127.0.0.1:1", "MAIL_FROM=NeoForge <hello@" + host + ">",
	}, more...)
}

// prepare migrates the database, an SQLite file, and writes a page of sample posts into it.
func (s settings) prepare(ctx context.Context, sampler, dir string) error {
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}} {
		command := spec{name: "sampler", bin: sampler, args: args, env: s.environ("development"), dir: dir}
		if _, err := command.run(ctx); err != nil {
			return err
		}
	}
	return fillPage(ctx, s.database)
}

// serving is the program in production.
type serving struct {
	*process
	admin string
}

func (s settings) serve(ctx context.Context, bin, dir string) (serving, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return serving{}, err
	}
	admin, err := freeAddr(ctx)
	if err != nil {
		return serving{}, err
	}
	p, err := spec{
		name: "neoforge", bin: bin, args: []string{"serve"}, dir: dir, addr: addr,
		env: s.environ("production", "ADDR="+addr, "ADMIN_ADDR="+admin),
	}.start(ctx)
	return serving{process: p, admin: admin}, err
}

// get is a request as a proxy on this machine passes it on.
func get(buf []byte, path []byte, client []byte) []byte {
	buf = append(buf, "GET "...)
	buf = append(buf, path...)
	buf = append(buf, " HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: neoforge-bench\r\nAccept: application/json\r\nX-Forwarded-For: "...)
	buf = append(buf, client...)
	return append(buf, "\r\nX-Forwarded-Proto: https\r\n\r\n"...)
}

// getPath is get of a path, from one client of the documentation's network.
func getPath(path string) []byte { return get(nil, []byte(path), []byte("203.0.113.7")) }
