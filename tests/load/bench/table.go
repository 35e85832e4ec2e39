package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// goal is a bound on a figure.
type goal struct {
	what  string
	bound float64
	most  bool // the bound is the most that is allowed; otherwise the least
	unit  string
}

// met is exact: a figure is not rounded to its goal.
func (g goal) met(figure float64) bool {
	if g.most {
		return figure <= g.bound
	}
	return figure >= g.bound
}

func (g goal) judge(figure float64) string {
	sign := ">="
	if g.most {
		sign = "<="
	}
	verdict := "ok"
	if !g.met(figure) {
		verdict = "NOT MET"
	}
	return strings.TrimSpace(g.what+" "+sign+" "+strconv.FormatFloat(g.bound, 'f', -1, 64)+g.unit) + ": " + verdict
}

// comparison is the program beside its limit, on the same work.
type comparison struct {
	work, detail  string
	peer, program string // what the two are called
	limit, ours   rounds
	throughput    goal
	cpu           *goal // nil: shown, not judged
}

// single is one figure of the program alone. bound is nil for what is shown and
// not judged.
type single struct {
	work   string
	values series
	unit   string
	bound  *goal
}

// omission is a row that could not be measured.
type omission struct{ work, why string }

// report is what the bench found.
type report struct {
	heading     string
	comparisons []comparison
	singles     []single
	omissions   []omission
	notes       []string
}

// missed lists the goals that were not met.
func (r report) missed() []string {
	var out []string
	for _, c := range r.comparisons {
		if !c.throughput.met(c.ratio()) {
			out = append(out, c.work+": "+c.throughput.judge(c.ratio()))
		}
		if c.cpu != nil && !c.cpu.met(c.cpuRatio()) {
			out = append(out, c.work+": "+c.cpu.judge(c.cpuRatio()))
		}
	}
	for _, s := range r.singles {
		if s.bound != nil && !s.bound.met(s.values.median()) {
			out = append(out, s.work+": "+s.bound.judge(s.values.median()))
		}
	}
	return out
}

func (c comparison) ratio() float64    { return c.ours.throughput().over(c.limit.throughput()).median() }
func (c comparison) cpuRatio() float64 { return c.ours.cpu().over(c.limit.cpu()).median() }

// write prints the report as one table.
func (r report) write(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", r.heading)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }
	line("work", "side", "median", "lowest..highest", "ratio", "CPU us/request", "ratio", "p50 ms", "p99 ms", "goal")
	line("----", "----", "------", "---------------", "-----", "--------------", "-----", "------", "------", "----")
	for _, c := range r.comparisons {
		side := func(work, name string, x rounds, ratio, cpuRatio, goals string) {
			low, high := x.throughput().spread()
			line(work, name, count(x.throughput().median())+"/s", count(low)+".."+count(high), ratio,
				cpuCell(x), cpuRatio, fixed(x.median50().median(), 2), fixed(x.median99().median(), 2), goals)
		}
		goals := c.throughput.judge(c.ratio())
		if c.cpu != nil {
			goals += "; " + c.cpu.judge(c.cpuRatio())
		}
		side(c.work, c.peer, c.limit, "", "", "")
		side("  "+c.detail, c.program, c.ours, fixed(c.ratio(), 2)+"x", fixed(c.cpuRatio(), 2)+"x", goals)
	}
	for _, s := range r.singles {
		low, high := s.values.spread()
		between := ""
		if len(s.values) > 1 {
			between = fixed(low, 1) + ".." + fixed(high, 1)
		}
		verdict := ""
		if s.bound != nil {
			verdict = s.bound.judge(s.values.median())
		}
		line(s.work, "neoforge", fixed(s.values.median(), 1)+" "+s.unit, between, "", "", "", "", "", verdict)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, o := range r.omissions {
		fmt.Fprintf(w, "\nLeft out: %s: %s\n", o.work, o.why)
	}
	if len(r.notes) > 0 {
		fmt.Fprintf(w, "\n%s\n", strings.Join(r.notes, "\n"))
	}
	return nil
}

// cpuCell is the process's own CPU time, and the database's where there is one.
func cpuCell(x rounds) string {
	own := fixed(x.ownCPU().median(), 1)
	for _, one := range x {
		if one.database < 0 {
			return own + "+?"
		}
		if one.database > 0 {
			return own + "+" + fixed(x.databaseCPU().median(), 1)
		}
	}
	return own
}

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

// count writes a whole number with thousands apart.
func count(v float64) string {
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
