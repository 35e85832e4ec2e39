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
		"tel:+491234567": true, "Call TEL:112 now": true, "(sms:+49123)": true, "javascript:alert(1)": true, "data:text/html,x": true, "ftp:x": true, "callto:ada": true,
		"skype:ada?call": true, "whatsapp:send": true, "geo:52.5,13.4": true, "magnet:?xt=1": true, "facetime-audio:a": true, "\uff54\uff45\uff4c\uff1a112": true, "tel\ufe55112": true,
		"\u202etel:112": true, "Bank-tel:112": true, "\u044ftel:112": true, "//evil.example": true, "(//evil.example": true, "\uff0f\uff0fevil.example": true, `\\evil\share`: true,
		"Anna: the first": false, "Anna:the first": false, "Tel Aviv": false, "Tel: 112": false, "Hotel:Berlin": false, "Data: the film": false, "AC//DC": false, "a // b": false, "//": false,
		"Betreff:Anna": false, "A\\B": false, "www.": false, "Ratio 3:4": false, "Motel:5": false, "Photo:Ada": false, "Line:Ada": false,
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
		"tel:+491": "tel: +491", "Call (SMS:112)": "Call (SMS: 112)", "javascript:alert(1)": "javascript: alert(1)", "tel\uff1a112": "tel\uff1a 112", "x tel:112": "x tel: 112",
		"h323:a": "h323: a", "5-tel4:1": "5-tel4: 1", "//evil.example": "//evil. example", `\\evil\share`: `\ \evil\share`, "mailto:a@evil.example": "mailto: a@evil. example",
		"Anna: the first": "Anna: the first", "2026-11-26T05:06:07": "2026-11-26T05:06:07", "Ratio 3:4": "Ratio 3:4", "End:": "End:",
		"at 05:06 {{.Site}}": "at 05:06 {{.Site}}", "Ada": "Ada", "J. R. Tolkien": "J. R. Tolkien", "Wait\u2026": "Wait\u2026", "Well...": "Well...", "Ada \U0001f469\u200d\U0001f4bb": "Ada \U0001f469\u200d\U0001f4bb",
		"Others belong to it. Make one of them an owner.": "Others belong to it. Make one of them an owner.",
	} {
		have := textform.Unlinked(s)
		if have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
		if textform.HasLink(have) {
			t.Errorf("%q is a link still: %q", s, have)
		}
		if again := textform.Unlinked(have); again != have {
			t.Errorf("%q is not stable: %q", have, again)
		}
	}
}
