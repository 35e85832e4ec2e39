package errortracking_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

func TestScrub_TakesOutWhatIsSomebodys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                     "",
		"connection refused":                   "connection refused",
		"mail to ada@example.org was refused":  "mail to [email] was refused",
		"Authorization: Bearer abc.def.ghi":    "Authorization: [secret]",
		"sent bearer abc":                      "sent bearer [secret]",
		"Cookie: session=1; theme=dark":        "Cookie: [secret]",
		"postgres://app:p@ss/w@db/app is away": "postgres://[secret]@db/app is away",
		"GET https://example.org/reset?token=abc&x=1 failed":           "GET https://example.org/reset?[query] failed",
		"password=hunter2 host=db":                                     "password=[secret] host=db",
		`{"api_key": "abc def"}`:                                       `{[text]: [secret]}`,
		"Key (email)=(ada@example.org) already exists.":                "Key (email)=([text])",
		"Key (name)=(Ada (the first)) already exists.":                 "Key (name)=([text])",
		"Failing row contains (1, Ada, null).":                         "Failing row contains ([text])",
		`duplicate key value violates unique constraint "users_email"`: `duplicate key value violates unique constraint "users_email"`,
		`invalid input syntax for type uuid: "Ada Lovelace"`:           `invalid input syntax for type uuid: [text]`,
		`no user "ada`:                                                     `no user [text]`,
		`column "Ada was here" is absent`:                                  `column [text] is absent`,
		"it doesn't work, it's 'Ada'":                                      "it doesn't work, it's [text]",
		"user 0190b1de-9f2e-7c3a-8d4b-1234567890ab":                        "user [id]",
		"dial tcp 192.0.2.7:5432: refused":                                 "dial tcp [address]:5432: refused",
		"from 2001:db8:1:2:3:4:5:6":                                        "from [address]",
		"dial tcp [2001:db8::17]:5432: refused":                            "dial tcp [address]:5432: refused",
		"from fe80::1, 2001:db8:1::":                                       "from [address], [address]",
		"std::vector of Box::new, 12:30:45":                                "std::vector of Box::new, 12:30:45",
		"GET /people/ada%40example.org failed":                             "GET [email] failed",
		"card 4111 1111 1111 1111":                                         "card [number]",
		"call +49 30 1234567":                                              "call [number]",
		"digest deadbeefdeadbeefdeadbeef":                                  "digest [id]",
		"key sk_live_51H8xYzAbCdEfGhIjKlMn was bad":                        "key [token] was bad",
		"took 3 attempts of 12":                                            "took 3 attempts of 12",
		"runtime error: index out of range [5] with length 3":              "runtime error: index out of range [5] with length 3",
		"a\x00b\x1b[31m\u202egnp\u2028x":                                   "ab[31mgnpx",
		"\xff":                                                             "\uFFFD",
		"<script>alert(1)</script>":                                        "<script>alert(1)</script>", // pages escape it
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4fwpMeJf36": "[token]",
	} {
		if have := errortracking.Scrub(in); have != want {
			t.Errorf("%q: %q, want %q", in, have, want)
		}
	}
	if have := errortracking.Scrub(strings.Repeat("ä ", 1<<20)); len(have) > 2<<10 || !utf8.ValidString(have) {
		t.Errorf("a long message is %d bytes", len(have))
	}
}

// What a browser says of a call or of a type is what anybody wrote into it: a line of a message
// that ends with the address of a script is taken for a call.
func TestScrubbed_OfAnIslandHoldsNobodysAddress(t *testing.T) {
	t.Parallel()
	r := errortracking.Report{
		Kind: errortracking.Island, Message: "x", Types: []string{"TypeError", "of ada@example.org"},
		Frames: []errortracking.Frame{{Function: "HTMLElement.connectedCallback", File: "/a.js"}, {Function: "no draft of ada@example.org at", File: "/a.js"}},
	}.Scrubbed()
	if r.Types[0] != "TypeError" || r.Types[1] != "of [email]" {
		t.Errorf("types %q", r.Types)
	}
	if r.Frames[0].Function != "HTMLElement.connectedCallback" || r.Frames[1].Function != "no draft of [email] at" {
		t.Errorf("calls %+v", r.Frames)
	}
}

func FuzzScrub(f *testing.F) {
	for _, seed := range []string{"", "'", `"`, `\`, "Key (a)=(", "://", "?a=", "a@", "\xff", "`", "é", "1-", "password="} {
		f.Add(seed, seed)
	}
	address := regexp.MustCompile(`[a-z]@[a-z]`)
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before) > 1000 || len(after) > 1000 {
			return
		}
		const email, key, number = "ada.lovelace@example.org", "sk_live_51H8xYzAbCdEfGhIjKlMn", "4111 1111 1111 1111"
		for _, secret := range []string{email, key, number} {
			have := errortracking.Scrub(before + " " + secret + " " + after)
			if strings.Contains(have, secret) {
				t.Errorf("%q shows %q", have, secret)
			}
			if len(have) > 2<<10 || !utf8.ValidString(have) || address.MatchString(have) {
				t.Errorf("%q", have)
			}
			for _, r := range have {
				if unicode.IsControl(r) && r != '\n' && r != '\t' {
					t.Errorf("%q holds %U", have, r)
				}
			}
		}
	})
}

type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

func TestFingerprint_IsThatOfWhatDiffersInIDsAlone(t *testing.T) {
	t.Parallel()
	made := func(change func(*errortracking.Report)) string {
		r := errortracking.Report{
			Kind: errortracking.Request, Method: "GET", Route: "/posts/{slug}", Types: []string{"*fmt.wrapError", "*errors.errorString"},
			Message: "post 7 of ada@example.org: row 41", Frames: []errortracking.Frame{{Function: "lib.F", File: "l.go", Line: 1}, {Function: "app.G", File: "g.go", Line: 9, InApp: true}},
		}
		change(&r)
		return r.Scrubbed().Fingerprint()
	}
	same := made(func(*errortracking.Report) {})
	for name, change := range map[string]func(*errortracking.Report){
		"numbers": func(r *errortracking.Report) { r.Message = "post 8 of bob@example.org: row 42" },
		"line":    func(r *errortracking.Report) { r.Frames[1].Line = 10 },
		"ids":     func(r *errortracking.Report) { r.RequestID, r.TraceID, r.Release = "a", "b", "c" },
		"library": func(r *errortracking.Report) { r.Frames[0].Function = "lib.H" },
		"wrapped": func(r *errortracking.Report) { r.Types = append([]string{"*x"}, r.Types...) },
	} {
		if made(change) != same {
			t.Errorf("another group for: %s", name)
		}
	}
	for name, change := range map[string]func(*errortracking.Report){
		"kind":     func(r *errortracking.Report) { r.Kind = errortracking.Panic },
		"route":    func(r *errortracking.Report) { r.Route = "/posts" },
		"method":   func(r *errortracking.Report) { r.Method = "POST" },
		"type":     func(r *errortracking.Report) { r.Types[1] = "*y" },
		"message":  func(r *errortracking.Report) { r.Message = "other" },
		"function": func(r *errortracking.Report) { r.Frames[1].Function = "app.H" },
	} {
		if made(change) == same {
			t.Errorf("the same group for: %s", name)
		}
	}
}

func TestTypesOf_FollowsTheChain(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("outer: %w", errors.Join(ownError{errors.New("inner")}, errors.New("other")))
	have := strings.Join(errortracking.TypesOf(err), " ")
	if want := "*fmt.wrapError *errors.joinError errortracking_test.ownError *errors.errorString"; have != want {
		t.Errorf("%s, want %s", have, want)
	}
}

func TestPanicFrames_BeginWhereItPanicked(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(){
		"said":    func() { panic("x") },
		"noticed": func() { var none []int; none[len(none)] = 1 },
		"nil":     func() { var r *errortracking.Report; r.Message = "x" },
	} {
		var frames []errortracking.Frame
		func() {
			defer func() {
				if recover() != nil {
					frames = errortracking.PanicFrames()
				}
			}()
			fail()
		}()
		if len(frames) < 2 || frames[0].File != "errortracking_test.go" || frames[0].Line == 0 || !frames[0].InApp {
			t.Errorf("%s: %+v", name, frames)
		}
	}
}

type store struct {
	mu    sync.Mutex
	err   error
	calls int
	count map[string]int64
	last  errortracking.Report
}

func (s *store) Add(_ context.Context, all []errortracking.Addition) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.err != nil {
		return s.err
	}
	for _, a := range all {
		s.count[a.Fingerprint] += a.Count
		s.last = a.Sample
	}
	return nil
}

type sink struct {
	mu  sync.Mutex
	got []errortracking.Report
}

func (s *sink) Send(_ string, r errortracking.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, r)
}

func TestTracker_WritesAThousandFailuresAtOnceAndLosesNoneWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	s, to := &store{count: map[string]int64{}, err: errors.New("away")}, &sink{}
	var told []error
	tr := errortracking.New(errortracking.Options{Store: s, Sink: to, Release: "v1", Changed: func(err error) { told = append(told, err) }})
	report := func() {
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				for range 50 {
					tr.Report(errortracking.Report{Kind: errortracking.Request, Route: "/", Message: "to ada@example.org"})
				}
			})
		}
		all.Wait()
	}
	report()
	if tr.Flush(t.Context()) == nil || tr.Flush(t.Context()) == nil {
		t.Error("the store is away")
	}
	report()
	s.err = nil
	if err := tr.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tr.Flush(t.Context()); err != nil || s.calls != 3 {
		t.Errorf("%v, %d writes, want 3", err, s.calls)
	}
	if len(s.count) != 1 || s.count[s.last.Fingerprint()] != 1000 || tr.Dropped() != 0 {
		t.Errorf("%v, %d dropped", s.count, tr.Dropped())
	}
	if s.last.Message != "to [email]" || s.last.Release != "v1" || s.last.At.IsZero() {
		t.Errorf("%+v", s.last)
	}
	if len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("told %v", told)
	}
	if len(to.got) != 10 { // a few of each group and write
		t.Errorf("the sink got %d", len(to.got))
	}
}

func TestTracker_KeepsToItsBounds(t *testing.T) {
	t.Parallel()
	s, to := &store{count: map[string]int64{}}, &sink{}
	tr := errortracking.New(errortracking.Options{Store: s, Sink: to})
	for n := range 26 * 26 {
		tr.Report(errortracking.Report{Kind: errortracking.Request, Message: "no " + string(rune('a'+n/26)) + string(rune('a'+n%26)), At: time.Unix(1, 0)})
	}
	if err := tr.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.count) != 200 || len(to.got) != 200 || tr.Dropped() != 26*26-200 {
		t.Errorf("%d groups, %d sent, %d dropped", len(s.count), len(to.got), tr.Dropped())
	}
}

// What strangers say of their browsers takes no place from what failed on the server.
func TestTracker_KeepsRoomFromIslands(t *testing.T) {
	t.Parallel()
	s, to := &store{count: map[string]int64{}}, &sink{}
	tr := errortracking.New(errortracking.Options{Store: s, Sink: to})
	for n := range 26 * 26 {
		tr.Report(errortracking.Report{Kind: errortracking.Island, Message: "no " + string(rune('a'+n/26)) + string(rune('a'+n%26))})
	}
	tr.Report(errortracking.Report{Kind: errortracking.Request, Message: "broken"})
	if err := tr.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(to.got); n != 51 || to.got[n-1].Kind != errortracking.Request {
		t.Errorf("the sink got %d, and not what failed on the server", n)
	}
	if len(s.count) != 51 || s.last.Kind == "" || tr.Dropped() != 26*26-50 {
		t.Errorf("%d groups, %d dropped", len(s.count), tr.Dropped())
	}
}

func TestFingerprint_OfAnIslandKnowsNoFunction(t *testing.T) {
	t.Parallel()
	of := func(file, function string) string {
		return errortracking.Report{Kind: errortracking.Island, Message: "x", Frames: []errortracking.Frame{{File: file, Function: function, InApp: true}}}.Fingerprint()
	}
	if of("/assets/a.js", "t") != of("/assets/a.js", "e") || of("/assets/a.js", "t") == of("/assets/b.js", "t") {
		t.Error("an island is grouped by its file")
	}
}
