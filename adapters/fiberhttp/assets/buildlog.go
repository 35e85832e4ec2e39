//go:build !release

package assets

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

var (
	// "web/pages/x.go:12:3: undefined: y", of the compiler.
	ofGo = regexp.MustCompile(`^(?:vet: )?(\S+\.go):(\d+)(?::(\d+))?: (.+)$`)
	// `… "/src/web/pages/x.templ": … parsing error: … : line 5, col 4 ]`, of templ, which counts both from 0.
	ofTempl = regexp.MustCompile(`(/\S+?\.templ)[":]* ?(.*?)(?:: )?line (\d+), col (\d+)`)
)

// readBuildFaults finds the faults in what a build wrote.
func readBuildFaults(text string) []bundle.Fault {
	var out []bundle.Fault
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := ofGo.FindStringSubmatch(line); m != nil {
			out = append(out, buildFault(m[1], number(m[2]), number(m[3]), m[4]))
		} else if all := ofTempl.FindAllStringSubmatch(line, -1); all != nil {
			m := all[len(all)-1]
			text := strings.Trim(strings.TrimPrefix(m[2], m[1]), ": ")
			out = append(out, buildFault(m[1], number(m[3])+1, number(m[4])+1, text))
		}
	}
	return out
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// buildFault adds the line itself, where it can be read.
func buildFault(file string, line, column int, text string) bundle.Fault {
	f := bundle.Fault{File: file, Line: line, Column: column, Text: text}
	if dir, err := os.Getwd(); err == nil {
		if under, err := filepath.Rel(dir, file); err == nil && filepath.IsAbs(file) && filepath.IsLocal(under) {
			f.File = filepath.ToSlash(under)
		}
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return f
	}
	lines := strings.Split(string(source), "\n")
	if line >= 1 && line <= len(lines) && len(lines[line-1]) <= 200 {
		f.Excerpt = strings.TrimRight(lines[line-1], "\r")
	}
	return f
}
