// Package errortracking is how defects of the running program become known to those who
// mend it: what failed is described without secrets, grouped with its like, counted, and
// handed to whoever keeps it.
//
// A [Tracker] is the one place that requests, jobs, panics and islands report to. It keeps
// groups through a [Store] and passes each report on, scrubbed, to a [Sink] such as Sentry.
package errortracking

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Kind is what failed.
type Kind string

// The kinds.
const (
	Request Kind = "request" // a request was answered with a fault of the server
	Job     Kind = "job"     // a job used up its attempts
	Panic   Kind = "panic"   // of a request or of a job, whatever became of it
	Island  Kind = "island"  // a script of a page failed in somebody's browser, or an island on the server
)

// Kinds are all of them, as lists name them.
var Kinds = []Kind{Request, Job, Panic, Island}

// Frame is a call that was under way, the innermost first in a list.
type Frame struct {
	Function string // with its package's path
	File     string // its name; of a browser: the path of the script
	Line     int    // 0: not known
	InApp    bool   // of this program and not of a library
}

// Report is one failure. What it says may hold secrets until [Report.Scrubbed].
type Report struct {
	Kind      Kind
	Message   string
	Types     []string // of the chain of errors, the outermost first
	Frames    []Frame  // the innermost first; none where nothing recorded them
	Route     string   // pattern of the path; of a request or an island
	JobKind   string
	Method    string
	RequestID string
	TraceID   string
	Release   string
	At        time.Time
}

// Reporter takes reports. Report neither blocks nor fails: what there is no room for is
// counted and dropped.
type Reporter interface {
	Report(r Report)
}

// Nobody is a Reporter that forgets.
type Nobody struct{}

// Report implements Reporter.
func (Nobody) Report(Report) {}

// Bounds of what one report may hold.
const (
	maxTypes  = 12
	maxFrames = 50
	maxName   = 200 // bytes of a route, a type, a function, an id
)

// Scrubbed returns the report without what could be somebody's, and within bounds.
func (r Report) Scrubbed() Report {
	r.Message = Scrub(r.Message)
	r.Route, r.JobKind, r.Method = name(r.Route), name(r.JobKind), name(r.Method)
	r.RequestID, r.TraceID, r.Release = name(r.RequestID), name(r.TraceID), name(r.Release)
	said := name
	if r.Kind == Island { // whose types and functions a browser says, and not the code
		said = func(s string) string { return name(Scrub(s)) }
	}
	types := make([]string, 0, min(len(r.Types), maxTypes))
	for _, t := range r.Types[:min(len(r.Types), maxTypes)] {
		types = append(types, said(t))
	}
	frames := make([]Frame, 0, min(len(r.Frames), maxFrames))
	for _, f := range r.Frames[:min(len(r.Frames), maxFrames)] {
		file, _, _ := strings.Cut(f.File, "?")
		frames = append(frames, Frame{Function: said(f.Function), File: name(file), Line: max(f.Line, 0), InApp: f.InApp})
	}
	r.Types, r.Frames = types, frames
	return r
}

// Where is the route or the kind of job that failed.
func (r Report) Where() string {
	if r.JobKind != "" {
		return r.JobKind
	}
	if r.Method != "" {
		return r.Method + " " + r.Route
	}
	return r.Route
}

// Title is the report in one line.
func (r Report) Title() string {
	line, _, _ := strings.Cut(r.Message, "\n")
	if line = strings.TrimSpace(line); line == "" {
		line = r.innermost()
	}
	return truncate(line, maxName)
}

func (r Report) innermost() string {
	if len(r.Types) == 0 {
		return ""
	}
	return r.Types[len(r.Types)-1]
}

var digits = regexp.MustCompile(`\d+`)

// Fingerprint names the group of a scrubbed report: the same for what differs only in ids,
// numbers, texts of people and lines of code, which move with every release.
func (r Report) Fingerprint() string {
	top := ""
	for _, f := range r.Frames {
		if f.InApp {
			top = f.File
			if r.Kind != Island { // a browser's names of functions are those of one build
				top += " " + f.Function
			}
			break
		}
	}
	template := digits.ReplaceAllString(r.Message, "#")
	sum := sha256.Sum256([]byte(strings.Join([]string{string(r.Kind), r.Where(), r.innermost(), template, top}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// TypesOf lists the types of a chain of errors, the outermost first. Of several joined ones
// it follows the first.
func TypesOf(err error) []string {
	var out []string
	for err != nil && len(out) < maxTypes {
		out = append(out, fmt.Sprintf("%T", err))
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			err = nil
			if all := joined.Unwrap(); len(all) > 0 {
				err = all[0]
			}
			continue
		}
		err = errors.Unwrap(err)
	}
	return out
}

// PanicFrames lists the calls that led to a panic. It is called by the deferred function
// that recovers it.
func PanicFrames() []Frame {
	var pcs [maxFrames + 14]uintptr
	calls := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var out []Frame
	panicked := false
	for {
		f, more := calls.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked, out = true, nil
		case panicked && len(out) == 0 && strings.HasPrefix(f.Function, "runtime."): // how the runtime noticed
		case len(out) < maxFrames:
			out = append(out, Frame{Function: f.Function, File: base(f.File), Line: f.Line, InApp: inApp(f.Function)})
		}
		if !more {
			return out
		}
	}
}

func base(file string) string { return file[strings.LastIndexAny(file, `/\`)+1:] }

// ownModules are the modules whose code is this program's: of the platform and of the product
// that is built from it.
var ownModules = func() []string {
	pc, _, _, _ := runtime.Caller(0)
	own, _, _ := strings.Cut(runtime.FuncForPC(pc).Name(), "/ports/")
	out := []string{own}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" && info.Main.Path != own {
		out = append(out, info.Main.Path)
	}
	return out
}()

func inApp(function string) bool {
	for _, m := range ownModules {
		if strings.HasPrefix(function, m+"/") || strings.HasPrefix(function, m+".") {
			return true
		}
	}
	return strings.HasPrefix(function, "main.")
}
