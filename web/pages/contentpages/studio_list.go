package contentpages

import (
	"slices"
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// StudioFilter is what the list is narrowed by, and the views that its reader keeps.
type StudioFilter struct {
	Kind       string
	Status     string
	Tag        string
	Access     Access // empty: any
	Author     string
	Title      string
	InReview   bool   // only what waits for a review
	Waiting    string // how many those are; empty: none
	WaitingURL string // the list of them, or without them where they are listed
	Authors    bool   // the reader sees others' posts, too
	ClearURL   string // the list of the same status
	Query      string // all of it, as the address has it; empty: nothing is narrowed
	Views      []SavedView
	Kept       bool // it is one of the views
}

// SavedView is a filter that the reader keeps under a name.
type SavedView struct {
	ID     string
	Name   string
	URL    string
	Active bool
}

// ViewForm is what was typed to keep a view.
type ViewForm struct {
	Name  string
	Error string
}

// narrows reports whether more than a status is chosen.
func (f StudioFilter) narrows() bool {
	return f.Tag != "" || f.Access != "" || f.Author != "" || f.Title != "" || f.InReview
}

// BulkView asks what is to be done with many posts, or tells what became of each.
type BulkView struct {
	layout.Page
	Action  string
	Value   string // keeps what was typed
	Access  Access // keeps what was chosen
	All     bool   // all that the filter finds, not only those that were chosen
	Query   string // the filter
	BackURL string
	Posts   []BulkPost
	Next    string // the cursor of those that the filter finds beyond these; empty: none
	Done    bool
	Request string // the id of one that failed on the way
	Errors  layout.FieldErrors
}

// BulkPost is one of them.
type BulkPost struct {
	IsPage  bool
	Title   string
	URL     string
	Choice  string // names it and the version that was seen
	Outcome string // "done", "unchanged", "refused", "failed" or "pending"
	Why     string // of one that was refused
}

// heading says what is to be done, or was.
func (v BulkView) heading() string {
	n := v.count("")
	if v.Done {
		n = v.count("done")
	}
	switch v.Action {
	case "add_tag":
		return v.verb("Add a tag to ", "Added a tag to ") + n
	case "remove_tag":
		return v.verb("Remove a tag from ", "Removed a tag from ") + n
	case "set_visibility":
		return v.verb("Change who may read ", "Changed who may read ") + n
	case "set_author":
		return v.verb("Hand ", "Handed ") + n + " to another author"
	case "archive":
		return v.verb("Archive ", "Archived ") + n
	case "trash":
		return v.verb("Move ", "Moved ") + n + " to the trash"
	case "restore":
		return v.verb("Restore ", "Restored ") + n
	}
	return "Change many at once"
}

func (v BulkView) verb(ask, done string) string {
	if v.Done {
		return done
	}
	return ask
}

// count is how many there are of an outcome, or of all with "", and what they are.
func (v BulkView) count(outcome string) string {
	n, pages := 0, 0
	for _, p := range v.Posts {
		if outcome != "" && p.Outcome != outcome {
			continue
		}
		n++
		if p.IsPage {
			pages++
		}
	}
	switch {
	case n == 1:
		return "1 " + kindWord(pages == 1)
	case pages > 0 && pages < n:
		return strconv.Itoa(n) + " posts and pages"
	}
	return strconv.Itoa(n) + " " + kindWord(pages > 0) + "s"
}

func (v BulkView) any(outcome string) bool {
	return slices.ContainsFunc(v.Posts, func(p BulkPost) bool { return p.Outcome == outcome })
}

// summary says what became of those that were not changed.
func (v BulkView) summary() string {
	text := ""
	if v.any("unchanged") {
		text += " " + v.count("unchanged") + " had nothing to change."
	}
	if v.any("refused") {
		text += " " + v.count("refused") + " could not be changed; the reason is beside each."
	}
	if v.any("failed") {
		text += " Something went wrong on the server at " + v.count("failed") + ". It has been logged; quote the request id " + v.Request + " when you report it."
	}
	if v.any("pending") {
		text += " Not done yet: " + v.count("pending") + "."
	}
	if v.Next != "" {
		text += " There are others in the list behind these."
	}
	if !v.any("unchanged") && !v.any("refused") && !v.any("failed") && !v.any("pending") {
		text = " Every one of them was changed." + text
	}
	return text[1:]
}

// outcome is what became of a post.
func (p BulkPost) outcome() string {
	switch p.Outcome {
	case "done":
		return "Changed"
	case "unchanged":
		return "Nothing to change"
	case "refused":
		return p.Why
	case "failed":
		return "Not changed: something went wrong on the server"
	}
	return "Not done yet"
}

// needsTag and needsAccess say what has to be told besides.
func (v BulkView) needsTag() bool    { return v.Action == "add_tag" || v.Action == "remove_tag" }
func (v BulkView) needsAuthor() bool { return v.Action == "set_author" }
func (v BulkView) needsAccess() bool { return v.Action == "set_visibility" }

// part says that there are others behind those that are asked about.
func (v BulkView) part() string {
	if len(v.Posts) == 0 {
		return "The list is long, and nothing was found in the first part of it."
	}
	return "The list is long: these are " + v.count("") + " of it. You are led on to the next ones afterwards."
}

// rest are those that were left for another request.
func (v BulkView) rest() (out []BulkPost) {
	for _, p := range v.Posts {
		if p.Outcome == "pending" {
			out = append(out, p)
		}
	}
	return out
}

func (v BulkView) scope() string {
	if v.All {
		return "all"
	}
	return "chosen"
}

// button names what it does.
func (v BulkView) button() string {
	switch v.Action {
	case "add_tag":
		return "Add the tag"
	case "remove_tag":
		return "Remove the tag"
	case "set_author":
		return "Hand over"
	case "archive":
		return "Archive"
	case "trash":
		return "Move to the trash"
	case "restore":
		return "Restore"
	}
	return "Change"
}

func (v BulkView) title(p BulkPost) string {
	switch {
	case p.Title != "":
		return p.Title
	case p.Outcome == "pending":
		return "One that is still to come"
	}
	return "One that you cannot edit"
}
