package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	day       = 24 * time.Hour
	maxBehind = 90 * day
	// maxHeld is how long a reason counts before somebody looks at it again.
	maxHeld = 180 * day
)

// dependency is one direct dependency in one file, and the newest version of it.
type dependency struct {
	File, Name    string // "go.mod", "github.com/a-h/templ"
	Version       string
	Released      time.Time
	Newest        string // the same as Version when there is none newer
	NewestRelease time.Time
	Unknown       string // why nothing could be learned; empty when it could
}

// behind is by how much the version in use is older than the newest.
func (d dependency) behind() time.Duration { return d.NewestRelease.Sub(d.Released) }

// reason is why a dependency stays where it is, and when somebody last decided so.
type reason struct {
	Date time.Time
	Text string
}

// readHeld reads one reason a line: name, date (2006-01-02), text. Empty lines and
// those that begin with # are for people.
func readHeld(in io.Reader) (map[string]reason, error) {
	held := map[string]reason{}
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return nil, fmt.Errorf("line %d: write NAME DATE REASON, such as: example.org/lib 2026-01-31 v2 needs a newer Go", n)
		}
		date, err := time.Parse(time.DateOnly, fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is not a date such as 2026-01-31", n, fields[1])
		}
		if _, twice := held[fields[0]]; twice {
			return nil, fmt.Errorf("line %d: %s has a reason already", n, fields[0])
		}
		held[fields[0]] = reason{Date: date, Text: strings.Join(fields[2:], " ")}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return held, nil
}

// report prints what is behind and what could not be checked, and answers an error
// that names each dependency left behind without a good reason, and each reason that
// holds nothing.
func report(out io.Writer, found []dependency, held map[string]reason, now time.Time) error {
	if len(found) == 0 {
		return errors.New("no dependency was found, so none was checked")
	}
	var faults []error
	needed := map[string]bool{}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	unknown := map[string][]string{}
	for _, d := range found {
		if d.Unknown != "" {
			unknown[d.Unknown] = append(unknown[d.Unknown], d.Name+" in "+d.File)
			needed[d.Name] = true
			continue
		}
		if d.Newest == d.Version {
			continue
		}
		needed[d.Name] = true
		days := int(d.behind() / day)
		why, isHeld := held[d.Name]
		note := ""
		if isHeld {
			note = "held: " + why.Text
		}
		fmt.Fprintf(table, "%s\t%s\t%s\tnewest %s\t%d days\t%s\n", d.File, d.Name, d.Version, d.Newest, days, note)
		if d.behind() <= maxBehind {
			continue
		}
		switch {
		case !isHeld:
			faults = append(faults, fmt.Errorf("%s: %s %s is %d days behind %s: take it, or give a dated reason in %s", d.File, d.Name, d.Version, days, d.Newest, heldFile))
		case why.Date.After(now.Add(day)):
			faults = append(faults, fmt.Errorf("%s: the reason to hold %s is dated %s, which is to come", heldFile, d.Name, why.Date.Format(time.DateOnly)))
		case now.Sub(why.Date) > maxHeld:
			faults = append(faults, fmt.Errorf("%s: the reason to hold %s is of %s: try %s again, and take it or date the reason anew", heldFile, d.Name, why.Date.Format(time.DateOnly), d.Newest))
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(held)) {
		if !needed[name] {
			faults = append(faults, fmt.Errorf("%s: %s is no direct dependency with a newer version: remove its line", heldFile, name))
		}
	}
	missed := 0
	for _, cause := range slices.Sorted(maps.Keys(unknown)) {
		missed += len(unknown[cause])
		fmt.Fprintf(out, "not checked: %s (%s)\n", strings.Join(unknown[cause], ", "), cause)
	}
	fmt.Fprintf(out, "%d direct dependencies checked, %d not, %d at fault\n", len(found)-missed, missed, len(faults))
	return errors.Join(faults...)
}
