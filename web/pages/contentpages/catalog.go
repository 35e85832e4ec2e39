package contentpages

import (
	_ "embed"

	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
)

//go:embed catalog.templ
var catalogExamples catalogpages.Source

// Catalog are the entries of the component guide for the islands of content.
func Catalog() []catalogpages.Entry {
	x := catalogExamples.Example
	return []catalogpages.Entry{
		{
			Name: "nf-content-share",
			Examples: []catalogpages.Example{
				x("Of a post", "Where the device has a sharing sheet there is a button for it too, and where the browser refuses to copy, the address in a field.", "shareExample", shareExample()),
				x("With a long title", "", "shareLongExample", shareLongExample()),
			},
			Accessibility: []string{"A list of links that work without a script; the buttons are hidden where there is none.", "That the address was copied is told in a live region, and when it has to be copied by hand, the field takes the focus."},
		},
		{
			Name: "nf-content-embed",
			Examples: []catalogpages.Example{
				x("A film", "Nothing of the other site is asked before the button is pressed. In this guide the frame stays empty: its policy allows no site.", "embedExample", embedExample()),
				x("With a long title", "", "embedLongExample", embedLongExample()),
			},
			Accessibility: []string{
				"Without a script it is the link that its author wrote.",
				"The frame has the words of the link as its title, and takes the focus when its button was pressed.",
				"What the button does, and who learns of it, stands before it and describes it.",
			},
		},
		{
			Name: "nf-content-editor",
			Examples: []catalogpages.Example{
				x("Empty", "What is typed here is kept in this browser, as every draft is, and nowhere else.", "editorExample", editorExample()),
				x("With text", "The preview asks the API, for which one has to have signed in.", "editorFilledExample", editorFilledExample()),
			},
			Accessibility: []string{
				"The toolbar is one stop of the Tab key; the arrow keys move within it (ARIA Authoring Practices, toolbar).",
				"The field is that of the page with its label, and undoing works as in any field.",
				"Faults are told at once (role alert), what was kept or saved when there is a moment.",
			},
		},
		{
			Name:          "nf-content-open-editors",
			Examples:      []catalogpages.Example{x("Two others", "It asks the API while a post is open, and is empty when nobody else has it open.", "openEditorsExample", openEditorsExample())},
			Accessibility: []string{"It is a live region (role status): who comes and goes is told when there is a moment."},
		},
		{
			Name:          "nf-content-draft-state",
			Examples:      []catalogpages.Example{x("Beside its editor", "It says where the text is kept as soon as the editor shows one: write something.", "draftStateExample", draftStateExample())},
			Accessibility: []string{"It is there to be looked at: the editor tells the same aloud, so this is no live region."},
		},
	}
}
