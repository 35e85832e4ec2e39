package mailtemplate

import (
	"errors"
	"fmt"
	"text/template"
	"text/template/parse"
)

// parser parses the words of one mail, keeps what cannot be used, and collects what they
// name of the mail's data.
type parser struct {
	where  string
	data   map[string]bool
	faults []error
}

func (p *parser) fail(what string, err error) {
	p.faults = append(p.faults, fmt.Errorf("%s: %s: %w", p.where, what, err))
}

// parse is nil for words that are empty or cannot be used.
func (p *parser) parse(what, words string) *template.Template {
	if words == "" {
		return nil
	}
	t, err := template.New(what).Option("missingkey=error").Parse(words)
	if err == nil && len(t.Templates()) > 1 {
		err = errors.New("a mail defines no templates of its own")
	}
	if err == nil && t.Tree != nil {
		err = p.walk(t.Root, true)
	}
	if err != nil {
		p.fail(what, err)
		return nil
	}
	return t
}

func (p *parser) all(what string, lines []string) []*template.Template {
	out := make([]*template.Template, len(lines))
	for i, line := range lines {
		out[i] = p.parse(fmt.Sprintf("%s[%d]", what, i), line)
	}
	return out
}

// walk checks the names in a part of a template. Within "with" and "range" the dot is one
// text, which has no names.
func (p *parser) walk(n parse.Node, dotIsFacts bool) error {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil { // no else
			return nil
		}
		return p.each(n.Nodes, dotIsFacts)
	case *parse.ActionNode:
		return p.walk(n.Pipe, dotIsFacts)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			if err := p.each(c.Args, dotIsFacts); err != nil {
				return err
			}
		}
	case *parse.IfNode:
		return p.branch(&n.BranchNode, dotIsFacts, dotIsFacts)
	case *parse.WithNode:
		return p.branch(&n.BranchNode, false, dotIsFacts)
	case *parse.RangeNode:
		return p.branch(&n.BranchNode, false, dotIsFacts)
	case *parse.ChainNode:
		return fmt.Errorf("%s cannot be named", n)
	case *parse.TemplateNode:
		return fmt.Errorf("%s: a mail is made of no other templates", n)
	case *parse.FieldNode:
		if !dotIsFacts {
			return fmt.Errorf("{{%s}} is within with or range: write {{$%s}}", n, n)
		}
		return p.name(n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			return p.name(n.Ident[1:])
		}
	}
	return nil
}

func (p *parser) each(nodes []parse.Node, dotIsFacts bool) error {
	for _, n := range nodes {
		if err := p.walk(n, dotIsFacts); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) branch(b *parse.BranchNode, within, outside bool) error {
	if err := p.walk(b.Pipe, outside); err != nil {
		return err
	}
	if err := p.walk(b.List, within); err != nil {
		return err
	}
	return p.walk(b.ElseList, outside)
}

// name checks what stands after the dot.
func (p *parser) name(ident []string) error {
	switch {
	case ident[0] == "Data" && len(ident) == 2:
		p.data[ident[1]] = true
		return nil
	case len(ident) == 1:
		switch ident[0] {
		case "Name", "Site", "BaseURL", "Link":
			return nil
		}
	}
	return fmt.Errorf("{{%s}} is not known: there are .Name, .Site, .BaseURL, .Link and .Data.<fact>", dotted(ident))
}

func dotted(ident []string) string {
	out := ""
	for _, part := range ident {
		out += "." + part
	}
	return out
}
