package islandssr

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/bounded"
)

// Options are what may be set; the zero value is a good choice for all.
type Options struct {
	// Engines is how many renders run at once; 0: one per processor. An engine takes a few megabytes and is made when
	// it is first needed.
	Engines int
	// Timeout bounds one render; 0: one second.
	Timeout time.Duration
	// CacheBytes bounds the results kept; 0: 8 MiB.
	CacheBytes int
	// Version names the script's present state. When it changes, the script is asked for again and the results are
	// forgotten; nil: it never changes.
	Version func() string
	// Log is told of islands that could not be rendered; nil: nobody is.
	Log func(msg string, err error)
}

// Renderer renders islands. It is safe for concurrent use.
type Renderer struct {
	engines *pool
	results bounded.Cache
	timeout time.Duration
	log     func(string, error)
	hashes  atomic.Pointer[styleHashes]
}

type styleHashes struct {
	of   *script
	list []string
}

// ErrName is wrapped by the error for an element or attribute whose name cannot be written into a page.
var ErrName = errors.New("islandssr: not the name of an island or attribute")

var (
	elementName   = regexp.MustCompile(`^nf-[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	attributeName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

// New makes a renderer of the script that bundle answers. The script is asked for at the first render, so that a program
// that shows no island pays nothing.
func New(bundle func(ctx context.Context) ([]byte, error), opts Options) (*Renderer, error) {
	if bundle == nil {
		return nil, errors.New("islandssr: a script is needed")
	}
	if opts.Engines <= 0 {
		opts.Engines = runtime.GOMAXPROCS(0)
	}
	if opts.Timeout <= 0 {
		opts.Timeout = time.Second
	}
	if opts.CacheBytes <= 0 {
		opts.CacheBytes = 8 << 20
	}
	if opts.Version == nil {
		opts.Version = func() string { return "" }
	}
	if opts.Log == nil {
		opts.Log = func(string, error) {}
	}
	results, err := bounded.New(opts.CacheBytes)
	if err != nil {
		return nil, fmt.Errorf("islandssr: make the cache: %w", err)
	}
	return &Renderer{
		engines: newPool(bundle, opts.Version, opts.Engines, results.Clear),
		results: results,
		timeout: opts.Timeout,
		log:     opts.Log,
	}, nil
}

// Render answers the whole island: its tag with the attributes, its shadow root, and childrenHTML, which is written as
// it is and must be safe already. Data reaches the element as JSON in its `data` attribute, on the server and in the
// browser alike; nil writes none.
//
// An island that cannot be rendered (a fault in its code, too slow, ctx done) becomes its plain tag around the children,
// and the log is told, unless ctx was canceled: then nobody waits for the page. The error, which wraps ErrName, is for a
// tag that cannot be written at all.
func (r *Renderer) Render(ctx context.Context, element string, attributes map[string]string, data any, childrenHTML string) (string, error) {
	if !elementName.MatchString(element) {
		return "", fmt.Errorf("%w: element %q", ErrName, element)
	}
	pairs, err := ordered(attributes)
	if err != nil {
		return "", fmt.Errorf("render %s: %w", element, err)
	}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return r.plain(ctx, element, pairs, childrenHTML, fmt.Errorf("islandssr: data of %s: %w", element, err)), nil
		}
		pairs = append(pairs, [2]string{"data", string(raw)})
	}
	generation, err := r.engines.generation(ctx)
	if err != nil {
		return r.plain(ctx, element, pairs, childrenHTML, err), nil
	}
	key := cacheKey(element, pairs)
	if e, ok := r.results.Get(key); ok {
		return string(e.Value) + childrenHTML + "</" + element + ">", nil // without a copy of the head
	}
	var head string
	err = r.engines.do(ctx, r.timeout, func(e *engine) error {
		var err error
		head, err = e.render(element, pairs)
		return err
	})
	if err != nil {
		return r.plain(ctx, element, pairs, childrenHTML, fmt.Errorf("islandssr: render %s: %w", element, err)), nil
	}
	// A result of a script that has been replaced meanwhile must not outlive it.
	if now, err := r.engines.generation(ctx); err == nil && now == generation {
		r.results.Set(key, &bounded.Entry{Value: []byte(head)})
	}
	return closed(head, childrenHTML, element), nil
}

// StyleHashes answers a source expression ('sha256-…', CSP Level 3) for every style element that rendering writes, in a
// fixed order. A script that cannot be had or does not run renders nothing, so it has none; whoever renders tells the log.
// The error says that it took too long, or that ctx is done.
func (r *Renderer) StyleHashes(ctx context.Context) ([]string, error) {
	generation, err := r.engines.generation(ctx)
	if err != nil {
		return nil, ctx.Err()
	}
	if known := r.hashes.Load(); known != nil && known.of == generation {
		return slices.Clone(known.list), nil
	}
	var texts []string
	err = r.engines.do(ctx, r.timeout, func(e *engine) error {
		var err error
		texts, err = e.styles()
		return err
	})
	if errors.Is(err, errScript) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("islandssr: styles: %w", err)
	}
	hashes := make([]string, 0, len(texts))
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	hashes = slices.Compact(slices.Sorted(slices.Values(hashes)))
	r.hashes.Store(&styleHashes{of: generation, list: hashes})
	return slices.Clone(hashes), nil
}

func (r *Renderer) plain(ctx context.Context, element string, pairs [][2]string, children string, err error) string {
	if !errors.Is(ctx.Err(), context.Canceled) {
		r.log("an island is left to the browser", err)
	}
	var head strings.Builder
	head.WriteString("<" + element)
	for _, pair := range pairs {
		head.WriteString(" " + pair[0])
		if pair[1] != "" {
			head.WriteString(`="` + html.EscapeString(pair[1]) + `"`)
		}
	}
	head.WriteString(">")
	return closed(head.String(), children, element)
}

func closed(head, children, element string) string {
	return head + children + "</" + element + ">"
}

func ordered(attributes map[string]string) ([][2]string, error) {
	pairs := make([][2]string, 0, len(attributes)+1)
	for name, value := range attributes {
		// A handler attribute would run as script, a style attribute breaks the policy, and data is written here.
		if !attributeName.MatchString(name) || (strings.HasPrefix(name, "on") && name != "on") || name == "style" || name == "data" {
			return nil, fmt.Errorf("%w: attribute %q", ErrName, name)
		}
		pairs = append(pairs, [2]string{name, value})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return pairs, nil
}

func cacheKey(element string, pairs [][2]string) string {
	var key strings.Builder
	key.WriteString(element)
	for _, pair := range pairs {
		// Lengths keep apart what a value could otherwise imitate.
		fmt.Fprintf(&key, "\x00%s\x00%d\x00%s", pair[0], len(pair[1]), pair[1])
	}
	return key.String()
}
