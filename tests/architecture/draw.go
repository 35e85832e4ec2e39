package architecture

import (
	"fmt"
	"slices"
	"strings"
)

// drawnWidth is what the page of documentation shows without scrolling.
const drawnWidth = 66

// Draw makes the picture of the tree, of text: which layers there are, who stands in
// them, and what each module and each adapter knows of others.
func Draw(files []File) string {
	d := drawing{files: files, contexts: contextsOf(files)}
	var b strings.Builder
	row := func(left string, right ...string) {
		line := fmt.Sprintf("│ %-14s", left)
		for i, text := range wrap(strings.Join(right, " "), drawnWidth-len("│ ")-14-2) {
			if i > 0 {
				line = fmt.Sprintf("│ %-14s", "")
			}
			fmt.Fprintf(&b, "%s%-*s│\n", line, drawnWidth+1-width(line), text)
		}
	}
	edge := func(begin, title, end string) {
		text := begin + "─"
		if title != "" {
			text += " " + title + " "
		}
		b.WriteString(text + strings.Repeat("─", drawnWidth+1-width(text)) + end + "\n")
	}
	arrow := func() { fmt.Fprintf(&b, "%*s\n", drawnWidth/2, "▼") }

	edge("┌", "app: what starts it; wire alone knows the adapters", "┐")
	row("packages", d.under("app")...)
	edge("└", "", "┘")
	arrow()
	edge("┌", "adapters: the technology", "┐")
	driving, driven := d.adapters()
	row("asks modules", driving...)
	for _, whose := range append([]string{"all"}, d.contexts...) {
		if list := driven[whose]; len(list) > 0 {
			row("for "+whose, list...)
		}
	}
	edge("└", "", "┘")
	arrow()
	edge("┌", "modules: the rules, and what they ask of others", "┐")
	for _, c := range d.contexts {
		row(c, d.rooms(c)...)
		if needs := d.needs(c); len(needs) > 0 {
			row("", append([]string{"→"}, needs...)...)
		}
	}
	edge("└", "", "┘")
	arrow()
	edge("┌", "ports: what at least two share", "┐")
	row("contracts", d.ports(true)...)
	row("capabilities", d.ports(false)...)
	edge("└", "", "┘")
	b.WriteString("\n")
	edge("┌", "ent: the tables, known to the stores alone", "┐")
	row("of a context", d.tables()...)
	edge("└", "", "┘")
	edge("┌", "web: what a browser gets, known to fiberhttp alone", "┐")
	row("pages", d.under("web/pages")...)
	edge("└", "", "┘")
	return b.String()
}

type drawing struct {
	files    []File
	contexts []string
}

// under lists the folders of a folder that hold code, but for what serves tests.
func (d drawing) under(parent string) []string {
	var out []string
	for _, f := range d.files {
		rest, ok := strings.CutPrefix(f.Path, parent+"/")
		name, _, nested := strings.Cut(rest, "/")
		if ok && nested && !f.IsTest() && !slices.Contains(out, name) && f.Layer() != LayerTestdata {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// adapters are those that ask the modules, and those that modules ask, by whom.
func (d drawing) adapters() (driving []string, driven map[string][]string) {
	driven = map[string][]string{}
	for _, top := range d.under("adapters") {
		folder := "adapters/" + top
		inside := d.under(folder)
		ofContext := slices.ContainsFunc(inside, func(name string) bool { return contextOf(name, d.contexts) != "" })
		switch {
		case top == "fiberhttp":
			driving = append(driving, top+" ("+strings.Join(d.named(inside), ", ")+")")
		case ofContext:
			driven["all"] = append(driven["all"], top+" ("+strings.Join(d.named(inside), ", ")+")")
		default:
			whose := "all"
			for _, f := range d.files {
				for _, imp := range f.Imports {
					target, _ := local(imp)
					if c := contextOf(target, d.contexts); within(f.Folder(), folder) && !f.IsTest() && within(target, "modules") {
						whose = c
					}
				}
			}
			driven[whose] = append(driven[whose], top)
		}
	}
	return driving, driven
}

// named keeps the folders that are named for a context.
func (d drawing) named(folders []string) []string {
	return slices.DeleteFunc(slices.Clone(folders), func(name string) bool { return contextOf(name, d.contexts) == "" })
}

// rooms are the packages of a module.
func (d drawing) rooms(context string) []string {
	return d.under("modules/" + context)
}

// needs are the contracts of others that a module imports.
func (d drawing) needs(context string) []string {
	var out []string
	for _, f := range d.files {
		if f.IsTest() || !within(f.Folder(), "modules/"+context) {
			continue
		}
		for _, imp := range f.Imports {
			target, _ := local(imp)
			if name, ok := strings.CutPrefix(target, "ports/"); ok && contextOf(target, d.contexts) != context && contextOf(target, d.contexts) != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// ports are the published contracts of modules, or what is no module's.
func (d drawing) ports(ofContexts bool) []string {
	return slices.DeleteFunc(d.under("ports"), func(name string) bool { return (contextOf(name, d.contexts) != "") != ofContexts })
}

func (d drawing) tables() []string {
	return slices.DeleteFunc(d.under("ent"), func(name string) bool { return !contextTables.MatchString("ent/" + name) })
}

func wrap(text string, columns int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && width(line)+1+width(word) > columns {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

func width(text string) int { return len([]rune(text)) }

// Sections are the parts of web/docs/architecture.md that are written from the tree, by
// their headings.
func Sections(files []File) (map[string]string, error) {
	table, err := Map(files)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"The tree, drawn": "Who stands above may import who stands below, and nobody the other way. An arrow leads from a module to the contracts\n" +
			"of others that it asks.\n\n```text\n" + Draw(files) + "```\n",
		"From an address to its rule": "Three files answer how a page comes about: the one that declares the address, the one that answers it, and the use case\n" +
			"that decides. For an address that is not here, search for it in `adapters/fiberhttp`.\n\n" + table,
	}, nil
}

// Section cuts a page of Markdown around the text below a heading of the second rank.
func Section(page, heading string) (before, text, after string, found bool) {
	before, rest, found := strings.Cut(page, "\n## "+heading+"\n\n")
	if !found {
		return page, "", "", false
	}
	before += "\n## " + heading + "\n\n"
	if next := strings.Index(rest, "\n## "); next >= 0 {
		return before, rest[:next], rest[next:], true
	}
	return before, rest, "", true
}
