package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

const (
	writers       = 200 // each with a limit of 600 requests a minute
	sampleWriter  = "ben@neoforge.test"
	createsAtOnce = 16
)

// createPost writes drafts through the API, durably: each is a row, its first revision and
// an entry of the audit trail in one commit, for which the program has rendered the text
// and asked who may. The limit is one pgx insert of the same text, into a table with
// nothing but a key. Each draft is of one of many writers, so that the limit on requests
// of one is in force and not reached.
func (b *bench) createPost(ctx context.Context) error {
	const work = "create a post, durable"
	dir, err := b.folder("create")
	if err != nil {
		return err
	}
	if ownDatabaseURL() != "" {
		b.report.omissions = append(b.report.omissions, omission{work: work, why: ownDatabase + " is for the uncached row: it needs a Docker engine"})
		return nil
	}
	database, err := openPostgres(ctx, durably)
	var absent absentError
	if errors.As(err, &absent) {
		b.report.omissions = append(b.report.omissions, omission{work: work, why: absent.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	defer database.close(b.say)
	with := newSettings(database.url)
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}} {
		command := spec{name: "sampler", bin: b.sampler, args: args, env: with.environ("development"), dir: dir}
		if _, err := command.run(ctx); err != nil {
			return err
		}
	}
	if err := database.writers(ctx); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	ours, err := with.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	if _, _, err := ours.ready(ctx, getPath("/healthz")); err != nil {
		return err
	}
	b.say("signing %d writers in", writers)
	tokens, err := signInWriters(ctx, ours.addr)
	if err != nil {
		return err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	limit, err := spec{
		name: "postgres", bin: b.postgres, dir: dir, addr: addr,
		args: []string{"-addr", addr, "-base-url", origin, "-conns", strconv.Itoa(poolSize)},
		env:  []string{"DATABASE_URL=" + database.url},
	}.start(ctx)
	if err != nil {
		return err
	}
	defer limit.stop()
	if _, _, err := limit.ready(ctx, getPath("/healthz")); err != nil {
		return err
	}

	text := draftText()
	load := func() workload {
		var asked counter
		return workload{connections: createsAtOnce, status: 201, next: func(buf []byte) ([]byte, []byte) {
			n := asked.next()
			body := `{"title":"Draft ` + strconv.FormatUint(n, 10) + `","body_markdown":"` + text + `","tags":["go","bench"],"visibility":"public"}`
			buf = append(buf, "POST /api/v1/posts HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: neoforge-bench\r\nAccept: application/json\r\nContent-Type: application/json\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 100.64."...)
			buf = append(buf, strconv.FormatUint(n>>8&255, 10)+"."+strconv.FormatUint(n&255, 10)+"\r\nAuthorization: Bearer "+tokens[n%writers]...)
			buf = append(buf, "\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"...)
			return append(buf, body...), []byte(`"id":"`)
		}}
	}
	c := comparison{
		work: work, detail: fmt.Sprintf("JSON, about %s bytes, fsync", count(float64(len(text)))), peer: "one pgx insert", program: "neoforge",
		throughput: goal{what: "ratio", bound: 1.0 / 3, unit: "x"},
	}
	ourSide := side{name: c.program, process: ours.process, workload: load(), database: database.cpu}
	c.limit, c.ours, err = duel(ctx, b.plan, side{name: c.peer, process: limit, workload: load(), database: database.cpu}, ourSide)
	if err != nil {
		return err
	}
	b.report.comparisons = append(b.report.comparisons, c)
	return b.profile(ctx, ourSide, ours.admin, "create-post")
}

// draftText is Markdown of about 1.5 KB, as it stands in a JSON string.
func draftText() string {
	w := newWriter()
	parts := []string{"# " + w.sentence(5)}
	for range 4 {
		parts = append(parts, w.sentence(30), "- *"+w.sentence(6)+"*\\n- ["+w.sentence(3)+"](https://neoforge.test/)")
	}
	return strings.Join(parts, "\\n\\n")
}

// writers writes people who are like one of the sample authors in all but id and address,
// and the table of the limit.
func (d *database) writers(ctx context.Context) (err error) {
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range []string{
		`INSERT INTO identity_users (id, email, email_verified, name, role, created_at, updated_at, version)
		SELECT gen_random_uuid(), 'member-' || n || '@neoforge.test', email_verified, name, role, created_at, updated_at, version
		FROM identity_users, generate_series(0, ` + strconv.Itoa(writers-1) + `) n WHERE email = '` + sampleWriter + `'`,
		`INSERT INTO identity_credentials (id, user_id, hash, changed_at)
		SELECT gen_random_uuid(), u.id, c.hash, c.changed_at FROM identity_users u, identity_credentials c JOIN identity_users s ON s.id = c.user_id
		WHERE s.email = '` + sampleWriter + `' AND u.email LIKE 'member-%'`,
		"CREATE TABLE bench_posts (id uuid PRIMARY KEY, title text NOT NULL, markdown text NOT NULL, created_at timestamptz NOT NULL)",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// signInWriters returns an access token of each writer.
func signInWriters(ctx context.Context, addr string) ([]string, error) {
	tokens := make([]string, writers)
	errs := make([]error, writers)
	turn := make(chan struct{}, 4)
	var wait sync.WaitGroup
	for n := range uint64(writers) {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			body := []byte(`{"email":"` + address(n) + `","password":"` + signInPassword + `"}`)
			status, _, answer, err := once(ctx, addr, post(nil, "/api/v1/auth/login", "100.65.0."+strconv.FormatUint(n, 10), body))
			var got struct {
				Token string `json:"access_token"`
			}
			if err == nil {
				err = json.Unmarshal(answer, &got)
			}
			if err != nil || got.Token == "" {
				err = errors.Join(fmt.Errorf("sign in %s: answered %d: %.200s", address(n), status, answer), err)
			}
			tokens[n], errs[n] = got.Token, err
		})
	}
	wait.Wait()
	return tokens, errors.Join(errs...)
}
