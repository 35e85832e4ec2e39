package devpages

import "regexp"

func (l Mail) subject() string {
	if l.Subject == "" {
		return "(no subject)"
	}
	return l.Subject
}

// part is a stretch of a mail: plain text, or an address to follow.
type part struct {
	text string
	link bool
}

var address = regexp.MustCompile(`https?://[^\s<>"']*[^\s<>"'.,;:!?)\]]`)

// parts splits a mail's text so that its links can be followed.
func (l Mail) parts() []part {
	var out []part
	rest := l.Text
	for _, at := range address.FindAllStringIndex(l.Text, -1) {
		begin := len(l.Text) - len(rest)
		if at[0] > begin {
			out = append(out, part{text: l.Text[begin:at[0]]})
		}
		out = append(out, part{text: l.Text[at[0]:at[1]], link: true})
		rest = l.Text[at[1]:]
	}
	if rest != "" {
		out = append(out, part{text: rest})
	}
	return out
}
