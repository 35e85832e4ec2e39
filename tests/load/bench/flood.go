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
	floodLasts   = 10 * time.Second
	floodLeast   = 0.7 // of the peak that must stay useful
	floodTimes   = 3   // as many as succeed at the most
	floodMost    = 256 // at once, without backoff
	devices      = 4   // known ones that sign in meanwhile
	deviceApart  = time.Second
	recoverySure = 0.9 // of the peak: the flood is over
	recoveryMost = 10 * time.Second
)

// flood is how many sign-ins a second succeed when more come than can be hashed, beside
// what succeeds at saturation: three times as many as succeed, whether they were answered
// or not, and a crowd of callers who ask again at once. It is also how many of those who
// come with a device cookie get in meanwhile, how long after the flood all is as before,
// and what sign-ins leave to cached reads. Whatever else is answered than 200, 429 and
// 503 fails the row.
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
	if err := b.readsBeside(ctx, ours, &people); err != nil {
		return fmt.Errorf("cached reads beside sign-ins: %w: %s", err, ours.lastLog())
	}
	var known []string
	for n := range devices {
		cookie, err := deviceCookie(ctx, ours.addr, uint64(n))
		if err != nil {
			return err
		}
		known = append(known, cookie)
	}
	peak, err := people.crowd(ctx, ours.addr, signInAtOnce, floodLasts, nil)
	if err != nil {
		return err
	}
	b.single("sign-ins, "+strconv.Itoa(signInAtOnce)+" at once", peak.rate, "/s", nil)
	thrice, err := people.arrive(ctx, ours.addr, floodTimes*peak.rate)
	if err != nil {
		return fmt.Errorf("%d times as many sign in: %w: %s", floodTimes, err, ours.lastLog())
	}
	useful := goal{what: "ratio", bound: floodLeast, unit: "x"}
	b.single("  of that with "+strconv.Itoa(floodTimes)+" times as many a second", thrice/peak.rate, "x", &useful)
	got, err := people.crowd(ctx, ours.addr, floodMost, floodLasts, known)
	if err != nil {
		return fmt.Errorf("%d sign in at once: %w: %s", floodMost, err, ours.lastLog())
	}
	b.single("  of that with "+strconv.Itoa(floodMost)+" at once, without backoff", got.rate/peak.rate, "x", &useful)
	b.single("  known devices that get in meanwhile", got.known, "x", &goal{what: "share", bound: 1, unit: "x"})
	took, err := people.recovered(ctx, ours.addr, peak.rate)
	if err != nil {
		return fmt.Errorf("after the flood: %w: %s", err, ours.lastLog())
	}
	b.single("  after it, until sign-ins are at "+fixed(recoverySure, 1)+"x again", took.Seconds(), "s", &goal{what: "time", bound: recoveryMost.Seconds(), most: true, unit: " s"})
	return nil
}

func (b *bench) single(work string, value float64, unit string, bound *goal) {
	b.report.singles = append(b.report.singles, single{work: work, values: series{value}, unit: unit, bound: bound})
}

// arrive has people come at a rate, whether those before them were answered or not, and
// returns how many a second were signed in until the last was answered.
func (s *signIns) arrive(ctx context.Context, addr string, rate float64) (float64, error) {
	began := time.Now()
	total := int(rate * floodLasts.Seconds())
	var callers sync.WaitGroup
	var entered atomic.Int64
	failed := make(chan error, total)
	for n := range total {
		next := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(time.Until(next)):
		}
		callers.Go(func() {
			request, _ := s.next(nil)
			status, _, body, err := once(ctx, addr, request)
			switch {
			case err == nil && status == 200:
				entered.Add(1)
			case err == nil && status != 429 && status != 503:
				err = fmt.Errorf("answered %d: %.200s", status, body)
			}
			if err != nil {
				failed <- err
			}
		})
	}
	callers.Wait()
	if len(failed) > 0 {
		return 0, <-failed
	}
	return float64(entered.Load()) / time.Since(began).Seconds(), nil
}

// recovered is how long it takes until as many sign in again as did before the flood, to
// the second.
func (s *signIns) recovered(ctx context.Context, addr string, peak float64) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < 2*recoveryMost {
		now, err := s.crowd(ctx, addr, signInAtOnce, time.Second, nil)
		if err != nil {
			return 0, err
		}
		if now.rate >= recoverySure*peak {
			break
		}
	}
	return time.Since(began), nil
}

type crowded struct{ rate, known float64 }

// crowd has n callers sign in again and again for a while, and known devices among them.
func (s *signIns) crowd(ctx context.Context, addr string, n int, lasts time.Duration, known []string) (crowded, error) {
	began := time.Now()
	until := began.Add(lasts)
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
	return crowded{rate: float64(entered.Load()) / time.Since(began).Seconds(), known: float64(let.Load()) / float64(max(1, tried.Load()))}, nil
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
	return cookieOf(ctx, addr, n, "device")
}

// cookieOf signs in on the page and returns a cookie that it leaves.
func cookieOf(ctx context.Context, addr string, n uint64, wanted string) (string, error) {
	status, head, _, err := once(ctx, addr, form(n, ""))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(line, ":")
		pair, _, _ := strings.Cut(strings.TrimSpace(value), ";")
		if strings.EqualFold(name, "Set-Cookie") && strings.HasPrefix(strings.TrimPrefix(pair, "__Host-"), wanted+"=") {
			return pair, nil
		}
	}
	return "", errors.Join(fmt.Errorf("the sign-in page answers %d", status), fmt.Errorf("it leaves no %s cookie", wanted))
}
