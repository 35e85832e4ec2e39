package contentpages

import (
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// AuthorsView is who wrote a post. The form posts to Action: author for each of them, version,
// the handle that was typed, and as do what the pressed button says: add, up-1, down-1 or
// remove-1, by the place of an author from 0.
type AuthorsView struct {
	layout.Page
	IsPage      bool
	Title       string
	EditURL     string
	Action      string
	Version     int
	Authors     []PostAuthor
	Choice      []PostAuthor // who can be added
	MayChange   bool         // name others beside the first, and order them
	MayHandOver bool         // make another the first
	Full        bool         // it has as many as a post may have
	Typed       string
	Error       string
}

// PostAuthor is an author of a post, or somebody who can be one. Self is who looks.
type PostAuthor struct {
	Name   string
	Handle string
	Self   bool
}

func (v AuthorsView) mayMoveUp(at int) bool {
	return at > 1 && v.MayChange || at == 1 && v.MayHandOver
}

func (v AuthorsView) mayMoveDown(at int) bool {
	return at < len(v.Authors)-1 && v.mayMoveUp(at+1)
}

func (v AuthorsView) mayRemove(at int) bool {
	if at == 0 {
		return v.MayHandOver && len(v.Authors) > 1
	}
	return v.MayChange || v.Authors[at].Self
}

func doTo(what string, at int) string { return what + "-" + strconv.Itoa(at) }

// faces are the authors whose initials stand beside their names.
func (p PostSummary) faces() []Byline { return p.Authors[:min(len(p.Authors), 3)] }

// following is what stands behind an author of several.
func following(at, of int) string {
	switch of - at {
	case 1:
		return ""
	case 2:
		return " and "
	}
	return ", "
}

func (a PostAuthor) title() string {
	if a.Name == "" {
		return "An author without a profile"
	}
	return a.Name
}

// shown says what readers see of the authors.
func (v AuthorsView) shown() string {
	if v.IsPage {
		return "Readers see none of these names: a page is shown without author."
	}
	return "Readers see their names in this order, and find the post among what each of them wrote."
}

// adding says what becomes of who is added.
func (v AuthorsView) adding() string {
	may := "They get a mail, and may edit it at once, with a role that writes"
	if v.IsPage {
		return may + "."
	}
	return may + ". Readers see their name once it is published."
}
