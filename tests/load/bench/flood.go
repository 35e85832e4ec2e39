package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	floodLasts  = 10 * time.Second
	floodLeast  = 0.7              // of the peak that must stay useful
	floodThrice = 3 * signInAtOnce // three times saturation
	floodMost   = 256              // at once, without backoff
	devices     = 4                // known ones that sign in meanwhile
	deviceApart = time.Second      // between two sign-ins of a device
)

// flood is how many sign-ins a second succeed when more come than can be checked, by
// callers who ask again at once, beside what succeeds at saturation; and how many
// of those who come with a device cookie get in meanwhile. Whatever else is answered
// than 200, 429 and 503 fails the row.
func (b *bench) flood(ctx context.Context) error {
	dir, err := b.folder("flood")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "neoforge.db")
	database := newSettings("sqlite://" + file)
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	if _, err := makeAccounts(ctx, file); err != nil {
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
	var people signIns
	var known []string
	for n := range devices {
		cookie, err := deviceCookie(ctx, ours.addr, uint64(n))
		if err != nil {
			return err
		}
		known = append(known, cookie)
	}
	peak, err := people.crowd(ctx, ours.addr, signInAtOnce, nil)
	if err != nil {
		return err
	}
	b.report.singles = append(b.report.singles, single{work: "sign-ins, " + strconv.Itoa(signInAtOnce) + " at once", values: series{peak.rate}, unit: "/s"})
	for _, n := range []int{floodThrice, floodMost} {
		got, err := people.crowd(ctx, ours.addr, n, known)
		if err != nil {
			return fmt.Errorf("%d sign in at once: %w: %s", n, err, ours.lastLog())
		}
		b.report.singles = append(b.report.singles,
			single{work: "  of that with " + strconv.Itoa(n) + " at once, without backoff", values: series{got.rate / peak.rate}, unit: "x", bound: &goal{what: "ratio", bound: floodLeast, unit: "x"}},
			single{work: "  known devices that get in meanwhile", values: series{got.known}, unit: "x", bound: &goal{what: "share", bound: 1, unit: "x"}},
		)
	}
	return nil
}

type crowded struct{ rate, known float64 }

// crowd has n callers sign in again and again, and known devices among them.
func (s *signIns) crowd(ctx context.Context, addr string, n int, known []string) (crowded, error) {
	until := time.Now().Add(floodLasts)
	var callers sync.WaitGroup
	var entered, tried, let atomic.Int64
	failed := make(chan error, n+len(known))
	for range n {
		callers.Go(func() {
			got, err := s.insist(ctx, addr, until)
			entered.Add(got)
			if err != nil {
				failed <- err
			}
		})
	}
	for i, cookie := range known {
		callers.Go(func() {
			for time.Now().Before(until) {
				status, _, body, err := once(ctx, addr, form(uint64(i), cookie))
				tried.Add(1)
				switch {
				case err == nil && status == 303:
					let.Add(1)
				case err == nil && status != 429 && status != 503:
					err = fmt.Errorf("a known device is answered %d: %.200s", status, body)
				}
				if err != nil {
					failed <- err
					return
				}
				select {
				case <-ctx.Done():
				case <-time.After(deviceApart):
				}
			}
		})
	}
	callers.Wait()
	if len(failed) > 0 {
		return crowded{}, <-failed
	}
	return crowded{rate: float64(entered.Load()) / floodLasts.Seconds(), known: float64(let.Load()) / float64(max(1, tried.Load()))}, nil
}

// form is a sign-in on the page, as a proxy on this machine passes it on.
func form(n uint64, cookie string) []byte {
	body := "email=" + strings.ReplaceAll(address(n), "@", "%40") + "&password=" + signInPassword
	head := "POST /login HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: neoforge-bench\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
		"X-Forwarded-For: 100.128." + strconv.FormatUint(n, 10) + ".1\r\nX-Forwarded-Proto: https\r\n"
	if cookie != "" {
		head += "Cookie: " + cookie + "\r\n"
	}
	return []byte(head + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// deviceCookie signs in on the page and returns what the browser is known by.
func deviceCookie(ctx context.Context, addr string, n uint64) (string, error) {
	status, head, _, err := once(ctx, addr, form(n, ""))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(line, ":")
		pair, _, _ := strings.Cut(strings.TrimSpace(value), ";")
		if strings.EqualFold(name, "Set-Cookie") && strings.HasPrefix(strings.TrimPrefix(pair, "__Host-"), "device=") {
			return pair, nil
		}
	}
	return "", errors.Join(fmt.Errorf("the sign-in page answers %d", status), errors.New("it leaves no device cookie"))
}
