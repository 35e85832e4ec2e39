// Package version tells one build of the program from another.
//
// It promises that two builds whose code, templates or embedded files differ in
// anything have another [Build] each, whatever they were named and wherever they were
// built: what replicas share is kept apart by it.
package version

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// given is set by the linker: -ldflags="-X github.com/neoforge-dev/neoforge/app/version.given=v1.2.3".
var given string

// Name is what this build is called: the version that the linker was given, or that of
// the module, or the revision it was built from; with a part of Build where that alone
// does not say which one it is.
func Name() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return name(given, info, Build())
}

func name(given string, info *debug.BuildInfo, build string) string {
	if given != "" {
		return given
	}
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	changed := setting["vcs.modified"] == "true" || strings.Contains(info.Main.Version, "+dirty")
	base := "devel"
	switch revision := setting["vcs.revision"]; {
	case len(revision) >= 12:
		base = revision[:12]
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		base = strings.TrimSuffix(info.Main.Version, "+dirty")
	default:
		changed = true
	}
	if !changed {
		return base
	}
	return base + "+" + build
}

// Build is 12 characters of this build's own.
var Build = sync.OnceValue(func() string {
	id, err := own()
	if err != nil {
		// Without a file of its own there is nothing that another process would share.
		id = []byte(fmt.Sprintf("%v, process %d", err, os.Getpid()))
	}
	hash := sha256.Sum256(id)
	return hex.EncodeToString(hash[:6])
})

// own is Go's id of this executable, a hash of everything that went into it. One that
// was stripped of it is read as a whole.
func own() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if id := goID(f); len(id) > 0 {
		return id, nil
	}
	whole := sha256.New()
	if _, err := io.Copy(whole, f); err != nil {
		return nil, err
	}
	return whole.Sum(nil), nil
}

// goID reads the id from the note of an ELF file, or, in other formats, from the head
// of the file, where the linker puts it.
func goID(f *os.File) []byte {
	if file, err := elf.NewFile(f); err == nil {
		const head = 16 // sizes, type and name of the note
		section := file.Section(".note.go.buildid")
		if section == nil {
			return nil
		}
		note, err := section.Data()
		if err != nil || len(note) <= head {
			return nil
		}
		return bytes.TrimRight(note[head:], "\x00")
	}
	const begin, end = "\xff Go build ID: \"", "\"\n \xff"
	front := make([]byte, 64<<10)
	n, err := f.ReadAt(front, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	if _, after, found := bytes.Cut(front[:n], []byte(begin)); found {
		id, _, _ := bytes.Cut(after, []byte(end))
		return id
	}
	return nil
}
