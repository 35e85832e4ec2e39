package content

import "strconv"

// WarningCode says what was taken away from a text on its way to the page.
type WarningCode string

// The codes. Tag is the element in question, in lower case.
const (
	TagRemoved       WarningCode = "tag_removed"       // the tags of Tag; what is in it stays
	ContentRemoved   WarningCode = "content_removed"   // Tag with all that is in it
	TagMisplaced     WarningCode = "tag_misplaced"     // the tags of Tag, which cannot stand where it was
	TagUnclosed      WarningCode = "tag_unclosed"      // nothing: Tag was ended before the next block
	AttributeRemoved WarningCode = "attribute_removed" // Attribute of Tag
	AddressRemoved   WarningCode = "address_removed"   // the address of a Tag, which Attribute has
	CommentUnclosed  WarningCode = "comment_unclosed"  // the rest of the text, from a comment on
)

// Warning is something that an author wrote and readers do not get.
type Warning struct {
	Code      WarningCode
	Tag       string // empty for a comment
	Attribute string // of the tag; the address itself when that was taken away
}

// Preview is a text as it would be published, with what of it would be taken away: the
// first of each kind, and not more than a person reads.
type Preview struct {
	Rendered
	Warnings []Warning
}

// maxShownAddress is how much of an address a warning repeats, in characters.
const maxShownAddress = 60

// Message says to the author what was taken away, and what to do about it.
func (w Warning) Message() string {
	tag := "<" + w.Tag + ">"
	switch w.Code {
	case TagRemoved:
		return tag + " cannot be used here: its text stays, the tag is left out."
	case ContentRemoved:
		return tag + " cannot be used here: it is left out with everything in it."
	case TagMisplaced:
		return tag + " cannot stand where it is: its text stays, the tag is left out."
	case TagUnclosed:
		return tag + " is never closed: it ends with the block that it is in. Close it with </" + w.Tag + ">."
	case AttributeRemoved:
		return "The attribute " + strconv.Quote(w.Attribute) + " of " + tag + " is left out."
	case AddressRemoved:
		address := []rune(w.Attribute)
		if len(address) > maxShownAddress {
			address = append(address[:maxShownAddress:maxShownAddress], '…')
		}
		return "The address " + strconv.Quote(string(address)) + " of " + tag + " is left out: use one that begins with https:, mailto:, tel: or a slash."
	case CommentUnclosed:
		return "A comment is never closed: everything behind <!-- is left out. Close it with -->."
	}
	return string(w.Code)
}
