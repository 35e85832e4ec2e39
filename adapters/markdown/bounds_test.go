package markdown_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// Without the bounds these take many minutes, or the stack; with them about a
// second, and more under the race detector on a machine that is busy.
const timeout = time.Minute

func largest(s string) string { return strings.Repeat(s, content.MaxBody/len(s)) }

func numbered(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < content.MaxBody-100; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestBounds_TheLargestHostileTextsAreRenderedInTime(t *testing.T) {
	t.Parallel()
	const wide = 20_000
	for name, source := range map[string]string{
		"quotations in quotations": largest(">"),
		"lists in lists":           largest("- "),
		"both":                     largest("> 1. "),
		"footnotes in footnotes":   largest("[^a]: "),
		"open brackets":            largest("["),
		"brackets that close":      strings.Repeat("[", content.MaxBody/2) + strings.Repeat("]", content.MaxBody/2),
		"links that do not end":    largest("[a]("),
		"targets that do not end":  largest("[a](<b"),
		"emphasis that opens":      largest("*a_ "),
		"emphasis that mixes":      largest("***a**b*c_d__"),
		"code that does not end":   largest("`a``"),
		"comments that do not end": largest("a <!-- "),
		"many footnotes":           numbered("[^%[1]d]\n\n[^%[1]d]: x\n\n"),
		"one footnote often":       "[^a]: x\n\n" + strings.Repeat("[^a]\n\n", content.MaxBody/6-2),
		"footnotes of footnotes":   numbered("[^%d]: [^1] [^2] [^3]\n\n"),
		"many definitions":         numbered("[a%d]: /x\n"),
		"the same heading":         largest("# a\n"),
		"a wide table": "|" + strings.Repeat("a|", wide) + "\n|" + strings.Repeat("-|", wide) + "\n" +
			strings.Repeat("|\n", wide),
		"tags that do not end":   largest("<b>"),
		"blocks that do not end": largest("<div>\n\n"),
		"tags that end nothing":  largest("</b>"),
		"attributes":             "<p " + largest("a=b ") + ">",
		"tables in tables":       largest("<table><tr><td>"),
		"items":                  "<ul>" + largest("<li>"),
		"definitions":            largest("a\n: b\n\n"), "descriptions": "a\n" + largest(": b\n"), "descriptions in descriptions": "a\n" + largest(": "),
		"callouts": largest("> [!NOTE]\n> a\n\n"), "emoji": largest(":+1: "), "colons": largest(":a"),
		"scripts":            largest("<script>"),
		"comparisons":        largest("a<b "),
		"addresses left out": largest("[a](b:c) "),
		"much code":          largest("```php\n<?php \"$a{\n```\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			out := mustRender(t, source, content.Paid)
			if took := time.Since(began); took > timeout {
				t.Errorf("took %s", took)
			}
			if len(out.Body) > 16*content.MaxBody {
				t.Errorf("grew to %d bytes", len(out.Body))
			}
		})
	}
}

func TestBounds_OrdinaryStructuresAreWithinTheBounds(t *testing.T) {
	t.Parallel()
	table := "| a | b |\n|---|---|\n" + strings.Repeat("| `x` | **y** |\n", 1000)
	if html := mustRender(t, table, content.Public).Body; strings.Count(html, "<tr>") != 1001 {
		t.Error("a table of a thousand rows is not one")
	}
	nested := ""
	for depth := range 10 {
		nested += strings.Repeat("  ", depth) + "- level\n"
	}
	if html := mustRender(t, nested, content.Public).Body; strings.Count(html, "<ul>") != 10 {
		t.Error("a list of ten levels is not one")
	}
	links := strings.Repeat("[a](/b) and **c** `d`, ", 100)
	if html := mustRender(t, links, content.Public).Body; strings.Count(html, "<a ") != 100 || strings.Count(html, "<code>") != 100 {
		t.Error("a paragraph of a hundred links does not have them")
	}
}

func FuzzBounds_WhateverIsWrittenIsSafeAndStaysBehindItsGate(f *testing.F) {
	for _, seed := range []string{
		"", "# a", "> - [ ] a", "[a](javascript:x)", "[^a]\n\n[^a]: b", "|a|\n|-|\n|b|", "```go\nx", "<script>", "![a](b \"c\")",
		"&#106;avascript:", "\x00", "[a]: <b> 'c'\n[a]", "a\n=", "*a_b*_", "http://a.b/(c)", "<p align=center>a", "</div>", "<table><tr><td>a<table>", "a<b and c>d", "<svg><title>a</svg>",
		"<a href=j&#97;vascript:x>", "<ul><li><div><li>", "<textarea>", "<!--a", "> [!NOTE]\n> a", "a\n: b", ":smile:", "<!--more", "~~a~~", "\xff\xfe",
	} {
		f.Add(seed)
	}
	r, err := markdown.New()
	if err != nil {
		f.Fatal(err)
	}
	const secret = "zqxsecretzqx"
	around := tree(f, "x")
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > content.MaxBody || strings.Contains(source, secret) {
			return
		}
		out, err := r.Render(context.Background(), source+content.MoreMark+secret, content.Paid)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.Teaser, secret) {
			t.Errorf("the teaser of %q has what is behind the gate: %q", source, out.Teaser)
		}
		for _, html := range []string{out.Body, out.Teaser} {
			if strings.Count(html, "<") < 500 && tree(t, html) != around { // a parser of HTML gives up on more that is open at once
				t.Errorf("%q ends the page around it: %q", source, html)
			}
			lower := strings.ToLower(html)
			for _, forbidden := range []string{"<script", "<style", "<iframe", "<object", "<svg", `="javascript:`, "<!--"} {
				if strings.Contains(lower, forbidden) {
					t.Errorf("%q let %q through: %q", source, forbidden, html)
				}
			}
		}
	})
}
