package textform_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestHasLink_FindsAddressesOfTheWeb(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"URGENT http://evil.example": true, "see HTTPS://evil.example/x": true, "www.evil.example": true, "WWW.evil.example now": true,
		"evil.example/login": true, "\uff48ttp://evil.example": true, "http\uff1a//evil.example": true, "www\u3002evil\u3002example": true,
		"mailto:a@evil.example": true, "(www.evil.example)": true,
		"Ada": false, "J.R.R. Tolkien": false, "cleo.berg": false, "O\u2019Brien-Smith, Jr.": false, "AC/DC": false, "Node.js": false, "w/o a dot.": false, "A:B": false,
	} {
		if textform.HasLink(s) != want {
			t.Errorf("%q: want %t", s, want)
		}
	}
}

func TestUnlinked_LeavesNothingToMakeALinkOf(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"URGENT http://evil.example/x": "URGENT http: //evil. example/x", "www.evil.example": "www. evil. example", "192.0.2.1": "192. 0. 2. 1",
		"evil\u3002example": "evil\u3002 example", "a@evil.example": "a@evil. example", "A\r\nBcc: x": "A  Bcc: x", "A\u202eB\u200bC": "ABC",
		"at 05:06 {{.Site}}": "at 05:06 {{.Site}}", "Ada": "Ada", "J. R. Tolkien": "J. R. Tolkien", "Wait\u2026": "Wait\u2026", "Well...": "Well...", "Ada \U0001f469\u200d\U0001f4bb": "Ada \U0001f469\u200d\U0001f4bb",
		"Others belong to it. Make one of them an owner.": "Others belong to it. Make one of them an owner.",
	} {
		have := textform.Unlinked(s)
		if have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
		if again := textform.Unlinked(have); again != have {
			t.Errorf("%q is not stable: %q", have, again)
		}
	}
}
