package markdown

import (
	"regexp"
	"strings"
)

// treatment is what becomes of an element that an author writes.
type treatment uint8

const (
	unknown   treatment = iota // no element of HTML: text
	kept                       // stays, with the attributes that are allowed
	unwrapped                  // its tags go, what is in it stays
	boxed                      // becomes a <div>, so that what is in it stays apart
	discarded                  // goes with all that is in it
)

// element is what is known about one element of HTML.
type element struct {
	treatment  treatment
	void       bool     // has no end
	block      bool     // begins a line of its own, and ends a paragraph
	endOmitted bool     // its end may be left out
	parents    []string // where alone it stands; empty: anywhere
	attributes map[string]*regexp.Regexp
}

func (e element) known() bool { return e.treatment != unknown }

var (
	anything  = regexp.MustCompile(`(?s)^.*$`)
	number    = regexp.MustCompile(`^[0-9]{1,5}$`)
	bare      = regexp.MustCompile(`^$`)
	direction = regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)
	language  = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
	alignment = regexp.MustCompile(`^(?i:left|center|right|justify)$`)
	moment    = regexp.MustCompile(`^[0-9TZPYMDHSW:.+ -]{1,40}$`)
	scope     = regexp.MustCompile(`^(?i:row|col|rowgroup|colgroup)$`)
	numbering = regexp.MustCompile(`^[1aAiI]$`)
	signed    = regexp.MustCompile(`^-?[0-9]{1,9}$`)
)

// everywhere are the attributes that any element that is kept may have.
var everywhere = map[string]*regexp.Regexp{"lang": language, "dir": direction, "title": anything}

// own are the attributes of an element beside those.
var own = map[string]map[string]*regexp.Regexp{
	"a":          {"href": anything},
	"img":        {"src": anything, "alt": anything, "width": number, "height": number},
	"p":          {"align": alignment},
	"div":        {"align": alignment},
	"h1":         {"align": alignment},
	"h2":         {"align": alignment},
	"h3":         {"align": alignment},
	"h4":         {"align": alignment},
	"h5":         {"align": alignment},
	"h6":         {"align": alignment},
	"ol":         {"start": signed, "type": numbering, "reversed": bare},
	"li":         {"value": signed},
	"td":         {"align": alignment, "colspan": number, "rowspan": number},
	"th":         {"align": alignment, "colspan": number, "rowspan": number, "scope": scope},
	"details":    {"open": bare},
	"time":       {"datetime": moment},
	"data":       {"value": anything},
	"blockquote": {"cite": anything},
	"q":          {"cite": anything},
	"del":        {"datetime": moment},
	"ins":        {"datetime": moment},
}

// parents are the elements in which alone another one stands. A browser makes of it
// elsewhere what nobody meant, even outside of the text.
var parents = map[string][]string{
	"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "summary": {"details"}, "figcaption": {"figure"},
	"caption": {"table"}, "thead": {"table"}, "tbody": {"table"}, "tfoot": {"table"}, "tr": {"table", "thead", "tbody", "tfoot"},
	"td": {"tr"}, "th": {"tr"}, "rt": {"ruby"}, "rp": {"ruby"},
}

var elements = makeElements()

func makeElements() map[string]element {
	out := map[string]element{}
	add := func(names string, e element) {
		for _, name := range strings.Fields(names) {
			e.parents, e.attributes = parents[name], own[name]
			out[name] = e
		}
	}
	add("a abbr b bdi bdo cite code data del dfn em i ins kbd mark q ruby s samp small span strong sub sup time u var", element{treatment: kept})
	add("rt rp", element{treatment: kept, endOmitted: true})
	add("br img wbr", element{treatment: kept, void: true})
	add("hr", element{treatment: kept, void: true, block: true})
	add("blockquote details div dl figcaption figure h1 h2 h3 h4 h5 h6 ol pre summary table ul", element{treatment: kept, block: true})
	add("caption dd dt li p tbody td tfoot th thead tr", element{treatment: kept, block: true, endOmitted: true})
	add("address article aside center dialog fieldset footer form header hgroup legend main menu nav search section", element{treatment: boxed, block: true})
	add("acronym audio big blink body button canvas datalist dir font head html label map marquee meter nobr optgroup option output "+
		"picture progress select slot strike textarea tt video portal", element{treatment: unwrapped, endOmitted: true})
	add("area base basefont bgsound col colgroup input keygen link meta param source track !doctype", element{treatment: unwrapped, void: true})
	add("applet frameset iframe math noembed noframes noscript object plaintext script style svg template title xmp", element{treatment: discarded})
	add("embed frame", element{treatment: discarded, void: true})
	return out
}

// bareAttributes are the attributes that HTML knows, as far as they are written without a
// value, or with an empty one.
var bareAttributes = func() map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields("action align allow allowfullscreen alt async autofocus autoplay border charset checked cite class color colspan compact " +
		"content contenteditable controls coords crossorigin datetime default defer dir disabled download draggable face for form formnovalidate frameborder " +
		"headers height hidden href id inert integrity is ismap itemprop itemscope itemtype lang loading loop media method multiple muted name noshade " +
		"novalidate nowrap open placeholder playsinline popover readonly rel required reversed role rowspan sandbox scope selected size sizes slot span " +
		"spellcheck src srcdoc srcset start style summary tabindex target title translate type usemap valign value width xmlns") {
		out[name] = true
	}
	return out
}()
