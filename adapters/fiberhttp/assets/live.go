//go:build !release

package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/modulegraph"
)

const (
	clientFile = "development/client.js"
	urlClient  = prefix + clientFile
)

// Live tells browsers what was saved, so that a page takes it over while it is shown; the other half is
// web/development/client.js, which the loader imports first then. It looks at the files only while somebody listens.
type Live struct {
	store *developmentStore
	log   string // the folder with what a failed build said; empty: nobody builds
	build string // tells one program from another

	closed chan struct{}
	close  sync.Once

	mu     sync.Mutex
	looked time.Time
	event  []byte
}

// Reload has a store of development tell of what is saved; false: it is another store, whose files do not change. What a
// failed build of Go or of templates said is read from the files *-errors.txt in the folder log.
func Reload(s Store, log string) (*Live, bool) {
	store, ok := s.(*developmentStore)
	if !ok {
		return nil, false
	}
	l := &Live{store: store, log: log, build: program(), closed: make(chan struct{})}
	store.live = l
	return l, true
}

// program tells one build from another: a page that another one made is fetched again.
func program() string {
	file, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil {
		return file
	}
	return fmt.Sprintf("%s %d %d", file, info.Size(), info.ModTime().UnixNano())
}

const (
	// lookEvery bounds how long a saved file waits.
	lookEvery = 25 * time.Millisecond
	// heartbeat finds out that a browser has gone.
	heartbeat = 2 * time.Second
	// listenFor is less than the server's time for an answer: the browser asks again, and gets the whole state first.
	listenFor = 20 * time.Second
)

// Events writes the state as server-sent events (HTML Standard, 9.2), at first and whenever it has changed, for less than
// half a minute: browsers ask again by themselves. It ends early when ctx does, on Close, and when the browser has gone.
func (l *Live) Events(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, listenFor)
	defer cancel()
	look, beat := time.NewTicker(lookEvery), time.NewTicker(heartbeat)
	defer look.Stop()
	defer beat.Stop()
	if _, err := io.WriteString(w, "retry: 100\n\n"); err != nil {
		return nil // the browser has gone
	}
	var told []byte
	for {
		text := ": still here\n\n"
		if event := l.recent(); !bytes.Equal(event, told) {
			text, told = "data: "+string(event)+"\n\n", event
		}
		if _, err := io.WriteString(w, text); err != nil {
			return nil
		}
		if f, ok := w.(interface{ Flush() error }); ok && f.Flush() != nil {
			return nil
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return nil
			case <-l.closed:
				return nil
			case <-beat.C:
				waiting = false
			case <-look.C:
				waiting = bytes.Equal(l.recent(), told)
			}
		}
	}
}

// Close ends what is being listened to.
func (l *Live) Close() { l.close.Do(func() { close(l.closed) }) }

// state is what a page compares with itself. An island that cannot run is not among the islands.
type state struct {
	Loader  string            `json:"loader"`
	Islands map[string]string `json:"islands"`
	Styles  []string          `json:"styles"`
	Faults  []bundle.Fault    `json:"faults"`
}

// recent is what [Live.Look] answered a moment ago, which listeners share.
func (l *Live) recent() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.event != nil && time.Since(l.looked) < lookEvery/2 {
		return l.event
	}
	l.event = l.Look()
	l.looked = time.Now()
	return l.event
}

// Look answers the state of this moment as JSON.
func (l *Live) Look() []byte {
	text, err := json.Marshal(l.state())
	if err != nil { // of texts alone there is none
		return []byte("{}")
	}
	return text
}

func (l *Live) state() state {
	s := l.store
	now := s.graph.Now()
	all, faults := s.islands()
	out := state{Loader: l.loader(now), Islands: map[string]string{}, Styles: l.styles(now)}
	names := []string{strings.TrimPrefix(urlLoader, prefix), clientFile}
	for _, sheet := range s.source.Stylesheets() {
		names = append(names, "styles/"+sheet)
	}
	linked := s.linking.faults()
	for _, island := range all {
		name := "islands/" + island.File
		names = append(names, name)
		if len(now.Faults(name)) == 0 && !linked.reach(now, name) {
			out.Islands[island.Name] = versioned(now, name)
		}
	}
	faults = append(append(faults, now.Faults(names...)...), linked...)
	for i := range faults {
		faults[i].File = s.shown(faults[i].File)
	}
	out.Faults = append(append([]bundle.Fault{}, buildFaults(l.log)...), faults...)
	return out
}

func versioned(now *modulegraph.Snapshot, name string) string {
	return prefix + name + "?v=" + now.Version(name)
}

// loader is the address of the loader, which is another one for another program as well.
func (l *Live) loader(now *modulegraph.Snapshot) string {
	sum := sha256.Sum256([]byte(l.build + now.Version(strings.TrimPrefix(urlLoader, prefix)) + now.Version(clientFile)))
	return urlLoader + "?v=" + base64.RawURLEncoding.EncodeToString(sum[:9])
}

func (l *Live) styles(now *modulegraph.Snapshot) []string {
	sheets := l.store.source.Stylesheets()
	for i, name := range sheets {
		sheets[i] = versioned(now, "styles/"+name)
	}
	return sheets
}

// shown is the name of a file as a person knows it: as it lies under the folder in which the program was started.
func (s *developmentStore) shown(name string) string {
	root, inside, ok := s.place(name)
	if !ok {
		return name
	}
	at, err := filepath.Abs(filepath.Join(root.Name(), filepath.FromSlash(inside)))
	if err != nil {
		return name
	}
	if dir, err := os.Getwd(); err == nil {
		if under, err := filepath.Rel(dir, at); err == nil && filepath.IsLocal(under) {
			return filepath.ToSlash(under)
		}
	}
	return at
}

// islands lists the islands, and what keeps others from being one.
func (s *developmentStore) islands() ([]bundle.Island, []bundle.Fault) {
	all, refused := s.source.IslandsAndFaults()
	var faults []bundle.Fault
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		faults = append(faults, bundle.Fault{File: "islands/" + name, Text: refused[name].Error()})
	}
	return all, faults
}

// graphFiles are the files of the graph: those that browsers get.
type graphFiles struct{ store *developmentStore }

func (f graphFiles) Stat(name string) (fs.FileInfo, error) {
	root, inside, ok := f.store.place(name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	return root.Stat(inside)
}

func (f graphFiles) ReadFile(name string) ([]byte, error) {
	root, inside, ok := f.store.place(name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	return root.ReadFile(inside)
}

// linking keeps what joining the modules for the server found last, which the graph cannot see: a name that a module
// imports and another one does not export.
type linking struct {
	store *developmentStore

	mu      sync.Mutex
	joining bool
	version string
	script  []byte
	found   linkFaults
	err     error
}

type linkFaults []bundle.Fault

// reach reports whether one of the faults is in a file that can be reached from name.
func (f linkFaults) reach(now *modulegraph.Snapshot, name string) bool {
	for _, fault := range f {
		if slices.Contains(now.Reach(name), fault.File) {
			return true
		}
	}
	return false
}

// faults answers what is known of the present state, and has what is not known found out for the next time.
func (k *linking) faults() linkFaults {
	version := k.store.SSRVersion()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.version == version {
		return k.found
	}
	if !k.joining {
		k.joining = true
		go func() {
			_, _ = k.join(version)
			k.mu.Lock()
			k.joining = false
			k.mu.Unlock()
		}()
	}
	return nil
}

// join answers the script of a version. An island that cannot be joined is left out, and so is what reaches it.
func (k *linking) join(version string) ([]byte, error) {
	k.mu.Lock()
	if k.version == version {
		defer k.mu.Unlock()
		return k.script, k.err
	}
	k.mu.Unlock()
	now := k.store.graph.Now()
	all, _ := k.store.islands()
	var found linkFaults
	all = slices.DeleteFunc(all, func(i bundle.Island) bool { return len(now.Faults("islands/"+i.File)) > 0 })
	var script []byte
	var err error
	for {
		script, err = bundle.SSROf(k.store.source, all)
		var failed *bundle.Failure
		if !errors.As(err, &failed) {
			break
		}
		here := linkFaults(failed.Faults)
		left := slices.DeleteFunc(slices.Clone(all), func(i bundle.Island) bool { return here.reach(now, "islands/"+i.File) })
		if len(left) == len(all) { // none of the islands is to blame
			break
		}
		all, found = left, append(found, here...)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.version, k.script, k.found, k.err = version, script, found, err
	return script, err
}

// injected begins the loader with the import of the client, on its first line: every other line keeps its number.
func (l *Live) injected(now *modulegraph.Snapshot, body []byte) []byte {
	return slices.Concat([]byte(`import "`+versioned(now, clientFile)+`"; `), body)
}

// buildFaults reads what the last build of Go and of templates found wrong.
func buildFaults(folder string) []bundle.Fault {
	if folder == "" {
		return nil
	}
	logs, err := filepath.Glob(filepath.Join(folder, "*-errors.txt"))
	if err != nil {
		return nil
	}
	var out []bundle.Fault
	for _, name := range logs {
		info, err := os.Stat(name)
		if err != nil || info.Size() > 1<<20 {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		out = append(out, readBuildFaults(string(text))...)
	}
	return out[:min(len(out), 20)]
}

// isClient reports whether a name is that of the client, which is served only while something tells of what is saved.
func (s *developmentStore) isClient(name string) bool { return s.live != nil && name == clientFile }

// rewritten is a file as it is served: what it imports has its version, and the loader begins with the client. Packages stay
// as they are: the import map leads to them without a version.
func (s *developmentStore) rewritten(name string, body []byte) []byte {
	if s.live == nil || strings.HasPrefix(name, modules) || path.Ext(name) != ".js" && path.Ext(name) != ".css" {
		return body
	}
	now := s.graph.Now()
	body = now.Versioned(name, body)
	if prefix+name == urlLoader {
		body = s.live.injected(now, body)
	}
	return body
}
