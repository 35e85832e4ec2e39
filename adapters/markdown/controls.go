package markdown

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// controls writes what takes the focus or is announced as a control, with the name that
// whoever does not see it needs: tables, which scroll when they are wide, and the boxes of
// task lists.
type controls struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (c controls) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(extast.KindTable, c.table)
	r.Register(extast.KindTaskCheckBox, c.taskBox)
}

// table puts a table into a box that scrolls, so that the table itself stays one to
// assistive technology, and names the box by the head of the table.
func (controls) table(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, _ = w.WriteString("</table></div>\n")
		return ast.WalkContinue, nil
	}
	var heads []string
	if head := node.FirstChild(); head != nil {
		for cell := head.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if text := strings.TrimSpace(string(words(cell, source))); text != "" {
				heads = append(heads, text)
			}
		}
	}
	label := "Table"
	if len(heads) > 0 {
		label += ": " + strings.Join(heads, ", ")
	}
	_, _ = w.WriteString(`<div class="scroll" tabindex="0" role="group"`)
	attribute(w, "aria-label", []byte(shortened(label)))
	_, _ = w.WriteString("><table>\n")
	return ast.WalkContinue, nil
}

// taskBox names the box of a task by the text beside it.
func (controls) taskBox(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	label := strings.TrimSpace(string(words(node.Parent(), source)))
	if label == "" {
		label = "Task"
	}
	_, _ = w.WriteString(`<input`)
	if node.(*extast.TaskCheckBox).IsChecked {
		_, _ = w.WriteString(` checked=""`)
	}
	_, _ = w.WriteString(` disabled="" type="checkbox"`)
	attribute(w, "aria-label", []byte(shortened(label)))
	_, _ = w.WriteString("> ")
	return ast.WalkContinue, nil
}

// maxLabel is how long the name of a table or a box may be, in bytes: it is said whole,
// before what it names.
const maxLabel = 160

// shortened cuts a name that nobody would listen to, between characters.
func shortened(label string) string {
	if len(label) <= maxLabel {
		return label
	}
	end := maxLabel
	for end > 0 && !utf8.RuneStart(label[end]) {
		end--
	}
	return label[:end] + "…"
}

var _ renderer.NodeRenderer = controls{}
