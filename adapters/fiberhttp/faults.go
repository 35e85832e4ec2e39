package fiberhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// What fails in the scripts of a page is told by the page itself, which the loader has it do:
// the path, of which only the route is kept, what the browser says of the error, and where in
// this site's scripts it was. Nothing says who it was.

const (
	faultsPath = "/faults"
	maxFault   = 16 << 10 // bytes of a body
)

// faultsPerNetwork bounds what one address may tell: a page tells three.
var faultsPerNetwork = ratelimit.Limit{Count: 15, Per: 5 * time.Minute}

var (
	errFault      = fault.New(fault.Invalid, "http.fault_invalid", "This is not how a page tells of an error: send its path and a message, and the type and stack where they are known.")
	errFaultRoute = fault.New(fault.Invalid, "http.fault_unknown_page", "No page of this site has this path.")
)

// scriptFault is what a page says.
type scriptFault struct {
	Path    string `json:"path"`
	Type    string `json:"type"`
	Message string `json:"message"`
	Stack   string `json:"stack"`
}

func (s *Server) openFaults() {
	s.Page(fiber.MethodPost, faultsPath, Public(), s.takeFault, Quiet(), Anonymous(), MaxBody(maxFault))
}

func (s *Server) takeFault(ctx context.Context, r *Request) (Reply, error) {
	if s.config.Limiter != nil {
		d, err := s.config.Limiter.Allow(ctx, "faults:"+limitKey(r.IP), faultsPerNetwork)
		if err == nil && !d.Allowed {
			return Reply{}, errTooManyRequests.WithRetryAfter(d.RetryAfter)
		}
	}
	var f scriptFault
	d := json.NewDecoder(bytes.NewReader(r.Body()))
	d.DisallowUnknownFields()
	if d.Decode(&f) != nil || d.Decode(&struct{}{}) != io.EOF || f.Message == "" {
		return Reply{}, errFault
	}
	route, ok := s.pageAt(f.Path)
	if !ok {
		return Reply{}, errFaultRoute
	}
	frames, foreign := s.scriptFrames(f.Stack)
	if len(frames) > 0 || !foreign && !isNoise(f.Message) { // what an extension of a browser does is no fault of the site
		report := errortracking.Report{Kind: errortracking.Island, Message: f.Message, Frames: frames, Route: route}
		if f.Type != "" {
			report.Types = []string{f.Type}
		}
		s.config.Errors.Report(report)
	}
	return Bytes(fiber.MIMETextPlainCharsetUTF8, nil).Status(http.StatusNoContent), nil
}

var (
	// stackLine is a call as Chromium ("at name (address:1:2)"), Firefox and Safari
	// ("name@address:1:2") write it.
	stackLine = regexp.MustCompile(`^\s*(?:at )?(?:async )?(.*?)[ @]?\(?([a-z-]+://[^\s()]+?):(\d{1,9})(?::\d{1,9})?\)?$`)
	// extension is the address of what belongs to a browser's extension, or to the browser.
	extension = regexp.MustCompile(`\b(?:(?:chrome|moz|safari|safari-web|ms-browser)-extension|webkit-masked-url|chrome|resource)://`)
	// contentHash is what a release puts into the name of a file.
	contentHash = regexp.MustCompile(`-[A-Z0-9]{8}\.js$`)
)

// noise is what browsers and their extensions are known to tell that no script of a page
// can mend. It is left out where the stack names none of this site's scripts.
var noise = []*regexp.Regexp{
	// An observer did not see all in one frame, and sees the rest in the next.
	regexp.MustCompile(`^(?:Uncaught )?ResizeObserver loop (?:limit exceeded|completed with undelivered notifications)\.?$`),
	// All that a browser says of the script of another origin.
	regexp.MustCompile(`^(?:Uncaught )?Script error\.?$`),
	// What scans the links of mails, in the browser that it opens them with.
	regexp.MustCompile(`^Object Not Found Matching Id:\d+`),
	// An extension that was updated, or that does not answer itself.
	regexp.MustCompile(`^Extension context invalidated\.?$`),
	regexp.MustCompile(`^A listener indicated an asynchronous response by returning true, but the message channel closed before a response was received\.?$`),
	regexp.MustCompile(`^Could not establish connection\. Receiving end does not exist\.?$`),
}

// isNoise reports whether a message is known to be no fault of the site.
func isNoise(message string) bool {
	message = strings.TrimSpace(message)
	for _, n := range noise {
		if n.MatchString(message) {
			return true
		}
	}
	return false
}

// scriptFrames lists the calls of a stack that are of this site's scripts: the path, without
// its query and the hash of the release. It reports whether there are calls of others.
func (s *Server) scriptFrames(stack string) (frames []errortracking.Frame, foreign bool) {
	for line := range strings.Lines(stack) {
		m := stackLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			foreign = foreign || extension.MatchString(line) // what it evaluates has no address of its own
			continue
		}
		path, own := strings.CutPrefix(m[2], s.config.BaseURL+"/")
		if !own {
			foreign = true
			continue
		}
		path, _, _ = strings.Cut(path, "?")
		path, _, _ = strings.Cut(path, "#")
		if !strings.HasSuffix(path, ".js") {
			continue // a page's address may hold what is somebody's
		}
		at, err := strconv.Atoi(m[3])
		if err != nil {
			at = 0
		}
		frames = append(frames, errortracking.Frame{Function: m[1], File: "/" + contentHash.ReplaceAllString(path, ".js"), Line: at, InApp: true})
	}
	return frames, foreign
}
