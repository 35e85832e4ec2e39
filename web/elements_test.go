//go:build !release

package web_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/web"
)

// TestElements_AreWhatTheIslandsSayOfThemselves compares the custom-elements manifest with one
// that is made now of the islands' JSDoc. NEOFORGE_UPDATE=1 writes it anew.
func TestElements_AreWhatTheIslandsSayOfThemselves(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	out, err := filepath.Rel(here, t.TempDir()) // the analyzer takes a folder under its own
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node(t), script(t, "node_modules/@custom-elements-manifest/analyzer/cem.js"), "analyze", "--quiet", "--outdir", out)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if after, err := os.ReadFile("package.json"); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the analyzer has changed package.json (%v)", err)
	}
	want, err := os.ReadFile(filepath.Join(out, "custom-elements.json"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := os.WriteFile("custom-elements.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("custom-elements.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("custom-elements.json is not what the islands say: run NEOFORGE_UPDATE=1 go test -run Elements ./web/")
	}
}

type described struct{ Name, Description string }

type element struct {
	TagName, Description                         string
	Attributes, Events, Slots, CSSParts, Members []described
	CSSProperties                                []described
}

var (
	sent    = regexp.MustCompile(`new CustomEvent\('(nf-[a-z-]+)'`)
	defined = regexp.MustCompile(`customElements\.define\('(nf-[a-z-]+)'`)
)

// Whoever places an element reads of all that it takes and sends, and of nothing that it does not.
func TestElements_DescribeAllThatAPageMayUse(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Modules []struct {
			Path         string
			Declarations []element
		}
	}
	if err := json.Unmarshal(web.Elements, &manifest); err != nil {
		t.Fatal(err)
	}
	known := map[string]element{}
	for _, m := range manifest.Modules {
		for _, d := range m.Declarations {
			known[d.TagName] = d
		}
	}
	files, err := filepath.Glob("islands/*/*.js")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source := string(raw)
		name := defined.FindStringSubmatch(source)
		if name == nil {
			continue
		}
		found++
		e, ok := known[name[1]]
		if !ok {
			t.Errorf("%s defines %s, which the manifest does not know: document its class", file, name[1])
			continue
		}
		for _, problem := range undescribed(e, source) {
			t.Errorf("%s: %s", file, problem)
		}
	}
	if found < 11 || found != len(known) {
		t.Errorf("%d elements are defined, and the manifest has %d", found, len(known))
	}
}

// undescribed says what is missing from the description of an element, and what is in it
// that its source does not have.
func undescribed(e element, source string) (problems []string) {
	if e.Description == "" {
		problems = append(problems, "the class says in no comment what it is for")
	}
	for kind, all := range map[string][]described{
		"attribute": e.Attributes, "event": e.Events, "slot": e.Slots, "part": e.CSSParts, "property of styles": e.CSSProperties,
	} {
		for _, d := range all {
			if strings.TrimSpace(d.Description) == "" {
				problems = append(problems, "the "+kind+" "+d.Name+" has no description")
			}
		}
	}
	for _, m := range e.Members {
		if m.Description == "" && !slices.ContainsFunc(e.Attributes, func(a described) bool { return strings.Contains(source, a.Name) && a.Description != "" }) {
			problems = append(problems, "the property "+m.Name+" has no description")
		}
	}
	named := func(all []described, name string) bool {
		return slices.ContainsFunc(all, func(d described) bool { return d.Name == name })
	}
	for _, m := range sent.FindAllStringSubmatch(source, -1) {
		if !named(e.Events, m[1]) {
			problems = append(problems, "it sends "+m[1]+", which @fires does not name")
		}
	}
	for _, event := range e.Events {
		if !strings.Contains(source, "new CustomEvent('"+event.Name+"'") {
			problems = append(problems, "@fires names "+event.Name+", which it does not send")
		}
	}
	if strings.Contains(source, "<slot") != (len(e.Slots) > 0) {
		problems = append(problems, "it has a slot and @slot does not say of what, or the other way round")
	}
	if strings.Contains(source, " part=") != (len(e.CSSParts) > 0) {
		problems = append(problems, "it has parts and @csspart does not name them, or the other way round")
	}
	for _, p := range e.CSSProperties {
		if !strings.Contains(source, "var("+p.Name) {
			problems = append(problems, "@cssprop names "+p.Name+", which its styles do not use")
		}
	}
	return problems
}

func TestUndescribed_FindsWhatIsMissingAndWhatIsNotThere(t *testing.T) {
	t.Parallel()
	source := "this.dispatchEvent(new CustomEvent('nf-a-said', {})); html`<slot></slot><b part=\"b\"></b>`; css`var(--x)`"
	for want, e := range map[string]element{
		"what it is for":     {},
		"attribute size":     {Description: "d", Attributes: []described{{Name: "size"}}},
		"sends nf-a-said":    {Description: "d"},
		"names nf-a-heard":   {Description: "d", Events: []described{{"nf-a-heard", "d"}}},
		"has a slot":         {Description: "d"},
		"has parts":          {Description: "d"},
		"names --y":          {Description: "d", CSSProperties: []described{{"--y", "d"}}},
		"property registrar": {Description: "d", Members: []described{{Name: "registrar"}}},
	} {
		if got := strings.Join(undescribed(e, source), "\n"); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	whole := element{
		Description: "d", Events: []described{{"nf-a-said", "d"}}, Slots: []described{{"", "d"}}, CSSParts: []described{{"b", "d"}},
		CSSProperties: []described{{"--x", "d"}},
	}
	if got := undescribed(whole, source); len(got) > 0 {
		t.Errorf("a whole description lacks %q", got)
	}
}
