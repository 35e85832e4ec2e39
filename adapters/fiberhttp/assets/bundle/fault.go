//go:build !release

package bundle

import (
	"fmt"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Fault is what is wrong with a file, by its name in the browser's tree. Line and Column begin with 1; 0: it is not known
// where.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Text    string `json:"text"`
	Excerpt string `json:"excerpt"` // the line itself
}

// Failure is the error for sources that cannot be joined.
type Failure struct{ Faults []Fault }

func (f *Failure) Error() string {
	lines := make([]string, len(f.Faults))
	for i, fault := range f.Faults {
		lines[i] = fault.Text
		if fault.File != "" {
			lines[i] = fmt.Sprintf("%s:%d:%d: %s", fault.File, fault.Line, fault.Column, fault.Text)
		}
	}
	return "bundle: " + strings.Join(lines, "\n")
}

func failure(messages []api.Message) error {
	if len(messages) == 0 {
		return nil
	}
	f := &Failure{}
	for _, m := range messages {
		f.Faults = append(f.Faults, faultOf("", m))
	}
	return f
}

// Parse answers a script or styles without their comments, and what is wrong with them, with the place of it, which browsers
// do not tell of a script. What cannot be read is answered as it is; other kinds of files say nothing.
func Parse(name string, text []byte) (code []byte, faults []Fault) {
	loaders := map[string]api.Loader{".js": api.LoaderJS, ".mjs": api.LoaderJS, ".css": api.LoaderCSS}
	loader, ok := loaders[path.Ext(name)]
	if !ok {
		return nil, nil
	}
	result := api.Transform(string(text), api.TransformOptions{Loader: loader, Target: api.ESNext})
	messages := result.Errors
	if loader == api.LoaderCSS {
		messages = append(messages, result.Warnings...) // a browser leaves the rule out without a word
	}
	for _, m := range messages {
		faults = append(faults, faultOf(name, m))
	}
	if len(result.Errors) > 0 {
		return text, faults
	}
	return result.Code, faults
}

// faultOf is a message of esbuild's; name is for one about a text that had none.
func faultOf(name string, m api.Message) Fault {
	f := Fault{File: name, Text: m.Text}
	if at := m.Location; at != nil {
		f.Line, f.Column, f.Excerpt = at.Line, at.Column+1, Excerpt(at.LineText)
		if name == "" {
			f.File = at.File
		}
	}
	return f
}

// Excerpt is a line as it can be shown.
func Excerpt(line string) string {
	const most = 200
	line = strings.TrimRight(line, "\r")
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}
