package layout

// Entry leads to a page from the frame of another.
type Entry struct {
	Label string
	Path  string
	Note  string // the words of the link, where the label stands beside it
	Media string // type of a feed; empty: Atom's
}

// Alternate is another form of a page, or a feed of what it lists.
type Alternate struct {
	Media string // "application/rss+xml"
	Title string // empty: none
	URL   string
}

// alternates are all that the head of the page names: the feeds of the site, and its own.
func (p Page) alternates() []Alternate {
	var out []Alternate
	for _, e := range p.Navigation.Feeds {
		a := Alternate{Media: e.Media, Title: p.Site(), URL: e.Path}
		if a.Media == "" {
			a.Media = "application/atom+xml"
		} else {
			a.Title += " (" + e.Label + ")"
		}
		out = append(out, a)
	}
	return append(out, p.Alternates...)
}

// Navigation is what the frame of a page leads to, in order: of what the program has,
// those places that the page's viewer may go to.
type Navigation struct {
	Header         []Entry
	Menu           []Entry // of who is signed in
	Profile        []Entry // on the first page of one's account
	Account        []Entry // the pages of one's account
	Administration []Entry // the pages of administration
	Footer         []Entry
	Recovery       []Entry // the way on from a page that says that something is not there
	Feeds          []Entry // which programs that read feeds look for
	Search         []Entry // pages that search for what their parameter q says
	// MenuData is the menu of everybody, as JSON, on a page that is made for nobody: a
	// list of {label, path, permission}, of which the menu's element shows what its
	// reader may use.
	MenuData string
}

// search is where the field in the header searches. The page itself has a field of its own.
func (p Page) search() (Entry, bool) {
	if len(p.Navigation.Search) == 0 || p.Path == p.Navigation.Search[0].Path {
		return Entry{}, false
	}
	return p.Navigation.Search[0], true
}

// menu is the element that shows who is signed in, and their menu. On a page that is made
// for nobody it asks who reads, where there is a hint that somebody is signed in.
func (p Page) menu() IslandTag {
	tag := IslandTag{Element: "nf-identity-menu", On: "interaction", Attributes: map[string]string{"class": "site-header__account"}}
	if p.Viewer == nil {
		tag.On = "signed-in"
	}
	if p.Navigation.MenuData != "" {
		tag.Attributes["data-menu"] = p.Navigation.MenuData
	}
	return tag
}
