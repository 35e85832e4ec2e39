package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the driver of the file that accounts are written to
)

const (
	signInPassword = "forge-ahead-2026" // of the sample people
	sampleAddress  = "cleo@neoforge.test"
	accounts       = 4000
	signInAtOnce   = 16
	crowd          = 200
)

// signIn is a sign-in of a program by password, beside one argon2id hash of the
// same cost behind a bare handler; then how long /healthz takes when nothing else
// happens, and while a crowd signs in. Each sign-in is another account's and its
// client another address's, so that the limits on guesses are in force and not
// reached.
func (b *bench) signIn(ctx context.Context) error {
	dir, err := b.folder("signin")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "neoforge.db")
	database := newSettings("sqlite://" + file)
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	hash, err := makeAccounts(ctx, file)
	if err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	ours, err := database.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	if _, _, err := ours.ready(ctx, getPath("/healthz")); err != nil {
		return err
	}
	limit, err := b.hashPeer(ctx, dir, hash)
	if err != nil {
		return err
	}
	defer limit.stop()

	if err := b.health(ctx, ours.process, "idle", nil); err != nil {
		return err
	}
	var people signIns
	before, err := ours.memory()
	if err != nil {
		return err
	}
	one := post(nil, "/hash", "", nil)
	c := comparison{
		work: "sign-in by password", detail: "API, SQLite", peer: "one argon2id hash", program: "neoforge",
		throughput: goal{what: "ratio", bound: 0.95, unit: "x"},
	}
	ourSide := side{name: c.program, process: ours.process, workload: workload{connections: signInAtOnce, next: people.next}}
	c.limit, c.ours, err = duel(ctx, b.plan,
		side{name: c.peer, process: limit, workload: workload{
			connections: signInAtOnce, next: func(buf []byte) ([]byte, []byte) { return append(buf, one...), []byte(`"match":true`) },
		}}, ourSide)
	if err != nil {
		return err
	}
	b.report.comparisons = append(b.report.comparisons, c)
	if err := b.peaks(ours.process, limit, before); err != nil {
		return err
	}
	at := "while " + strconv.Itoa(crowd) + " sign in at once"
	if err := b.health(ctx, ours.process, at, people.wait); err != nil {
		return err
	}
	if err := b.health(ctx, ours.process, at+" and do not wait", people.insist); err != nil {
		return err
	}
	return b.profile(ctx, ourSide, ours.admin, "sign-in")
}

func (b *bench) hashPeer(ctx context.Context, dir, hash string) (*process, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	p, err := spec{
		name: "hash", bin: b.hash, args: []string{"-addr", addr, "-hash", hash, "-password", signInPassword}, dir: dir, addr: addr,
	}.start(ctx)
	if err != nil {
		return nil, err
	}
	if _, _, err := p.ready(ctx, getPath("/hash")); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// peaks reports the most that either side has held of the machine's memory.
func (b *bench) peaks(ours, limit *process, before float64) error {
	held, err := ours.peakMemory()
	if err != nil {
		return err
	}
	bare, err := limit.peakMemory()
	if err != nil {
		return err
	}
	at := strconv.Itoa(signInAtOnce)
	b.report.singles = append(b.report.singles,
		single{work: "most memory, " + at + " sign-ins at once", values: series{held / mega}, unit: "MB"},
		single{work: "  of that above idle", values: series{(held - before) / mega}, unit: "MB"},
		single{work: "  the same of one argon2id hash", values: series{bare / mega}, unit: "MB"},
	)
	return nil
}

// health asks /healthz on one connection, a little apart, and reports the 99th
// percentile. With somebody, a crowd of them signs in meanwhile, again and again;
// what they do when told that too many do (503) is theirs.
func (b *bench) health(ctx context.Context, p *process, when string, somebody signInAgain) error {
	const lasts, apart = 6 * time.Second, 2 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, lasts+30*time.Second)
	defer cancel()
	until := time.Now().Add(lasts)
	var crowded sync.WaitGroup
	var entered atomic.Int64
	failed := make(chan error, crowd)
	for range crowd {
		if somebody == nil {
			break
		}
		crowded.Go(func() {
			n, err := somebody(ctx, p.addr, until)
			entered.Add(n)
			if err != nil {
				failed <- err
			}
		})
	}
	asked := workload{connections: 1, next: func(buf []byte) ([]byte, []byte) {
		select {
		case <-ctx.Done():
		case <-time.After(apart):
		}
		return append(buf, getPath("/healthz")...), nil
	}}
	got, err := asked.drive(ctx, p.addr, lasts)
	crowded.Wait()
	if err != nil {
		return fmt.Errorf("/healthz %s: %w: %s", when, err, p.lastLog())
	}
	if len(failed) > 0 {
		return fmt.Errorf("sign in, %s: %w: %s", when, <-failed, p.lastLog())
	}
	// The pause before a request is part of what drive measured.
	p99 := float64(quantile(got.latencies, 0.99))/1e3 - apart.Seconds()*1e3
	b.report.singles = append(b.report.singles, single{work: "p99 of /healthz " + when, values: series{p99}, unit: "ms"})
	if somebody != nil {
		b.report.singles = append(b.report.singles, single{work: "  sign-ins meanwhile", values: series{float64(entered.Load()) / lasts.Seconds()}, unit: "/s"})
	}
	return nil
}

// signIns are requests to sign in, each as another person from another address.
type signIns struct{ made atomic.Uint64 }

func (s *signIns) next(buf []byte) (request, mark []byte) {
	n := s.made.Add(1)
	body := []byte(`{"email":"` + address(n%accounts) + `","password":"` + signInPassword + `"}`)
	client := fmt.Sprintf("100.%d.%d.%d", 64+n>>16%64, n>>8&255, n&255)
	return post(buf, "/api/v1/auth/login", client, body), []byte(`"access_token"`)
}

// signInAgain signs in again and again until a time, and returns how often that
// went well.
type signInAgain func(ctx context.Context, addr string, until time.Time) (entered int64, err error)

// wait is a caller who obeys Retry-After.
func (s *signIns) wait(ctx context.Context, addr string, until time.Time) (int64, error) {
	return s.again(ctx, addr, until, func(head []byte) error {
		after, err := retryAfter(head)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(after, time.Until(until))):
		}
		return nil
	})
}

// insist is a caller who asks again at once, on a new connection.
func (s *signIns) insist(ctx context.Context, addr string, until time.Time) (int64, error) {
	return s.again(ctx, addr, until, func([]byte) error { return nil })
}

func (s *signIns) again(ctx context.Context, addr string, until time.Time, busy func(head []byte) error) (entered int64, err error) {
	for time.Now().Before(until) {
		request, _ := s.next(nil)
		status, head, body, err := once(ctx, addr, request)
		switch {
		case err != nil:
			return entered, err
		case status == 200:
			entered++
		case status != 503 && status != 429:
			return entered, fmt.Errorf("answered %d: %.200s", status, body)
		default:
			if err := busy(head); err != nil {
				return entered, err
			}
		}
	}
	return entered, nil
}

// retryAfter reads for how long an answer asks to wait (RFC 9110, section 10.2.3).
func retryAfter(head []byte) (time.Duration, error) {
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(name, "Retry-After") {
			continue
		}
		seconds, err := strconv.Atoi(strings.TrimSpace(value))
		return time.Duration(seconds) * time.Second, err
	}
	return 0, errors.New("the answer does not say when to try again")
}

// post is a request with a JSON body, as a proxy on this machine passes it on.
func post(buf []byte, path, client string, body []byte) []byte {
	buf = append(buf, "POST "+path+" HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: neoforge-bench\r\nAccept: application/json\r\nContent-Type: application/json\r\n"...)
	if client != "" {
		buf = append(buf, "X-Forwarded-For: "+client+"\r\nX-Forwarded-Proto: https\r\n"...)
	}
	buf = append(buf, "Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"...)
	return append(buf, body...)
}

func address(n uint64) string { return "member-" + strconv.FormatUint(n, 10) + "@neoforge.test" }

// makeAccounts writes people who are like one of the sample people in all but id
// and address, and returns the hash of their password.
func makeAccounts(ctx context.Context, file string) (hash string, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }()
	err = tx.QueryRowContext(ctx, `SELECT hash FROM identity_credentials c JOIN identity_users u ON u.id = c.user_id WHERE u.email = ?`, sampleAddress).Scan(&hash)
	if err != nil {
		return "", err
	}
	people, err := tx.PrepareContext(ctx, `INSERT INTO identity_users (id, email, email_verified, name, role, created_at, updated_at, version)
		SELECT ?, ?, email_verified, name, role, created_at, updated_at, version FROM identity_users WHERE email = ?`)
	if err != nil {
		return "", err
	}
	defer people.Close()
	credentials, err := tx.PrepareContext(ctx, `INSERT INTO identity_credentials (id, user_id, hash, changed_at)
		SELECT ?, ?, hash, changed_at FROM identity_credentials c JOIN identity_users u ON u.id = c.user_id WHERE u.email = ?`)
	if err != nil {
		return "", err
	}
	defer credentials.Close()
	for n := range uint64(accounts) {
		id := uuid.Must(uuid.NewV7()).String()
		if _, err := people.ExecContext(ctx, id, address(n), sampleAddress); err != nil {
			return "", err
		}
		if _, err := credentials.ExecContext(ctx, uuid.Must(uuid.NewV7()).String(), id, sampleAddress); err != nil {
			return "", err
		}
	}
	return hash, tx.Commit()
}
