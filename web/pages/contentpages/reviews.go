package contentpages

import (
	"strconv"
	"time"
)

// ReviewView is the review of a post, beside its text.
type ReviewView struct {
	IsPage    bool
	Path      string // of the post: what is done is done below it
	State     string // "asked", "approved", "sent_back"; empty: nobody waits
	Changed   bool   // the text, since the last step
	Seen      string // names the text and the last step that are shown
	Text      int    // the version of the text that is shown
	MayAsk    bool   // something waits to be published
	MayDecide bool   // somebody waits for the reader of the page
	Steps     []ReviewStep
	Earlier   int // steps that are not shown
	Note      string
	NoteError string
	Error     string // what is wrong beside the note
}

// ReviewStep is one step, the newest first.
type ReviewStep struct {
	State string
	By    string // empty: a schedule, or who is erased
	At    time.Time
	Note  string
}

// badge is where it stands; empty: nobody waits.
func (v ReviewView) badge() string {
	switch {
	case v.State == "asked":
		return "Waiting for review"
	case v.State == "approved" && v.Changed:
		return "Changed since it was approved"
	case v.State == "approved":
		return "Approved"
	case v.State == "sent_back":
		return "Sent back"
	}
	return ""
}

// intro says what can be done next.
func (v ReviewView) intro() string {
	switch {
	case v.MayDecide && v.Changed:
		return "Read the text above, as it is saved: it was changed since somebody asked. Who asked gets a mail."
	case v.MayDecide:
		return "Read the text above, as it is saved. Who asked gets a mail."
	case v.State == "asked" && v.Changed:
		return "The text was changed since somebody asked. Who may publish it reads it as it is saved."
	case v.State == "asked":
		return "Who may publish it finds it in their studio. Whoever asked gets a mail once it is approved or sent back."
	case v.State == "approved" && v.Changed:
		return "What was approved is not what would be published. Ask once more if it is to be read again."
	case v.State == "approved":
		return "It was read, and can be published."
	case v.State == "sent_back":
		return "Change what the note asks for, save it, and ask once more."
	case v.MayAsk:
		return "Have the " + kindWord(v.IsPage) + " read by somebody who may publish it. Save it first: they read what is saved."
	}
	return "Once there are changes that wait to be published, they can be reviewed."
}

// ask is what the button of asking says.
func (v ReviewView) ask() string {
	if v.State == "" {
		return "Ask for review"
	}
	return "Ask for review again"
}

// what is what was done in a step.
func (s ReviewStep) what() string {
	who := s.By
	if who == "" {
		who = "somebody who left"
	}
	switch s.State {
	case "asked":
		return "Asked by " + who
	case "approved":
		return "Approved by " + who
	case "sent_back":
		return "Sent back by " + who
	case "published":
		if s.By == "" {
			return "Published"
		}
		return "Published by " + who
	}
	return "Ended by " + who
}

func (v ReviewView) earlier() string {
	if v.Earlier == 1 {
		return "1 earlier step is not shown."
	}
	return strconv.Itoa(v.Earlier) + " earlier steps are not shown."
}
