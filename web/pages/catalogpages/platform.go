package catalogpages

import _ "embed"

//go:embed examples.templ
var examples Source

// Platform are the patterns and elements that are of no module.
func Platform() []Entry {
	x := examples.Example
	return []Entry{
		{
			Name: "button", Title: "Buttons", Summary: "What is pressed. One of a page is primary.",
			Examples: []Example{
				x("The kinds", "", "buttons", buttons()),
				x("Small", "Beside a line of text, and with a mark before the words.", "buttonsSmall", buttonsSmall()),
				x("Wide, with many words", "Words wrap, and are never cut.", "buttonWide", buttonWide()),
				x("A link onward", "", "arrowLinks", arrowLinks()),
			},
			Accessibility: []string{
				"What changes something is a button in a form, what leads somewhere is a link, whatever it looks like.",
				"A button is 44 pixels high, and says its type: without one it would send the form around it.",
				"A mark is hidden from assistive technology, so the words stand beside it.",
			},
		},
		{
			Name: "field", Title: "Text fields", Summary: "A field with its label, a hint, and what is wrong with what was typed.",
			Examples: []Example{
				x("Required", "", "textField", textField()),
				x("Optional, with a hint", "", "textFieldWithHint", textFieldWithHint()),
				x("With an error", "What was typed stays. The page of a form that was refused opens with Focus on the first of them: see FieldErrors.First.", "textFieldWithError", textFieldWithError()),
				x("Several lines", "It grows with what is written.", "textArea", textArea()),
				x("A day", "The browser's own calendar.", "dayField", dayField()),
				x("A moment, with an error", "", "momentFieldWithError", momentFieldWithError()),
				x("Several lines, with an error", "", "textAreaWithError", textAreaWithError()),
			},
			Accessibility: []string{
				"The label names the field, the hint and the error describe it, in that order of importance: the error is read first.",
				"aria-invalid marks a field that was refused. Its edge is thicker, so that it does not depend on colour.",
				"Give Autocomplete for what a browser knows of a person (WCAG 1.3.5).",
			},
		},
		{
			Name: "option", Title: "Options", Summary: "One of several, or yes and no: the whole row is pressed.",
			Examples: []Example{
				x("One of several", "", "radios", radios()), x("Yes or no", "", "checkboxes", checkboxes()), x("From a list", "", "selection", selection()),
				x("Out of reach", "What one cannot give, because one does not hold it.", "checkboxesOutOfReach", checkboxesOutOfReach()),
			},
			Accessibility: []string{
				"Radio buttons stand in a fieldset, whose legend is the question.",
				"The box is the browser's own. In forced colours the row that is chosen has a thick edge as well.",
			},
		},
		{
			Name: "notice", Title: "Notices", Summary: "What has just happened, or what there is to do, in the page.",
			Examples: []Example{
				x("To know", "", "noticePlain", noticePlain()), x("Done", "", "noticeSuccess", noticeSuccess()),
				x("Went wrong, with the way on", "", "noticeError", noticeError()), x("With a word that is too long", "", "noticeLong", noticeLong()),
			},
			Accessibility: []string{"An error interrupts a screen reader (role alert), the others wait until it has a moment (role status).", "The mark and the words tell the kind, not the colour alone."},
		},
		{
			Name: "toast", Title: "Toasts", Summary: "What is told in passing, over the foot of the window. Here it stands in its place instead.",
			Examples:      []Example{x("With a button", "", "toast", toast())},
			Accessibility: []string{"It stays until it is answered, so nobody has to be quick (WCAG 2.2.1), and takes no focus."},
		},
		{
			Name: "badge", Title: "Badges and states", Summary: "One word about a thing, beside its name.",
			Examples:      []Example{x("Badges", "", "badges", badges()), x("States", "", "states", states())},
			Accessibility: []string{"The word says it; the dot of a state is filled or not, whatever its colour."},
		},
		{
			Name: "table", Title: "Tables", Summary: "Figures that are compared, in a box that scrolls where the window is narrow.",
			Examples:      []Example{x("With amounts", "", "table", table())},
			Accessibility: []string{"The box takes the focus, so that it scrolls by the arrow keys, and its label says what it holds.", "Cells of the head have a scope."},
		},
		{
			Name: "empty", Title: "Empty states", Summary: "What stands where a list has nothing: what would be there, and the way to it.",
			Examples:      []Example{x("With the way on", "", "empty", empty())},
			Accessibility: []string{"It is text like any other. The drawing says nothing that the words do not."},
		},
		{
			Name: "waiting", Title: "Work under way", Summary: "What takes a while, with what one may do meanwhile.",
			Examples:      []Example{x("In a line", "", "waiting", waiting())},
			Accessibility: []string{"role=status tells it once. The dot does not move for whoever wants less motion."},
		},
		{
			Name: "rows", Title: "Rows", Summary: "Things one can do something with, a line each.",
			Examples:      []Example{x("With marks and buttons", "", "rows", rows())},
			Accessibility: []string{"It is a list, so its length is announced. Where several buttons bear the same word, add what they act on as hidden text (class visually-hidden)."},
		},
		{
			Name: "facts", Title: "Facts", Summary: "Names and values, one under the other.",
			Examples:      []Example{x("Of a subscription", "", "facts", facts())},
			Accessibility: []string{"A description list: each value is read with its name."},
		},
		{
			Name: "card", Title: "Cards", Summary: "One thing to do, lifted from the page.",
			Examples:      []Example{x("With a title", "On a page of its own the title is an h1.", "card", card())},
			Accessibility: []string{"The title is a heading of the level that its place asks for."},
		},
		{
			Name: "segments", Title: "Segments", Summary: "A choice between views of the same page, each with an address.",
			Examples:      []Example{x("Two views", "", "segments", segments()), x("Many views", "Where they do not fit they take two rows.", "segmentsMany", segmentsMany())},
			Accessibility: []string{"Links, not tabs: each loads a page. aria-current says which is shown, and forced colours show it by the colour of what is selected."},
		},
		{
			Name: "navigation", Title: "Navigation", Summary: "Where one is, and where one can go.",
			Examples: []Example{
				x("Of the site", "", "siteLinks", siteLinks()), x("Of a guide", "", "docsLinks", docsLinks()), x("Tags", "", "tags", tags()),
				x("The search of the site", "In the frame of a page the key “/” leads to it. On a narrow page the button alone is shown, and leads to a page of its own.", "siteSearch", siteSearch()),
			},
			Accessibility: []string{"Each nav has a label of its own. aria-current marks the page that is shown; in forced colours it is marked by more than colour."},
		},
		{
			Name: "pager", Title: "Pager", Summary: "To the newest of a list, and to what is older.",
			Examples:      []Example{x("Within a list", "At its beginning there is no newest, at its end nothing older.", "pagerBoth", pagerBoth())},
			Accessibility: []string{"Where there is nothing to turn to, the link is left out rather than disabled."},
		},
		{
			Name: "fold", Title: "Folds", Summary: "What not everybody wants to read.",
			Examples:      []Example{x("Closed", "", "fold", fold()), x("Open", "", "foldOpen", foldOpen())},
			Accessibility: []string{"The browser's own details and summary: it works without a script, and a search in the page opens it."},
		},
		{
			Name: "avatar", Title: "Avatars", Summary: "Somebody's picture, or their initials.",
			Examples:      []Example{x("Initials, in two sizes", "", "avatars", avatars())},
			Accessibility: []string{"The name stands beside it, so the picture says nothing to whoever does not see it."},
		},
		{
			Name: "values", Title: "Dates and money", Summary: "Values as people write them.",
			Examples:      []Example{x("Days, moments, amounts", "", "values", values())},
			Accessibility: []string{"A date is a time element with the machine's form, so that it can be read in any."},
		},
		{
			Name: "prose", Title: "Prose", Summary: "What Markdown becomes: posts and chapters.",
			Examples: []Example{
				x("Text, quotation, tasks", "", "prose", prose()), x("Code", "", "proseCode", proseCode()), x("A table", "", "proseTable", proseTable()),
				x("Callouts", "", "proseCallouts", proseCallouts()), x("Terms", "", "proseTerms", proseTerms()),
			},
			Accessibility: []string{
				"Blocks of code and tables take the focus, so that a wide one scrolls by keyboard. They are groups: as regions each would be a landmark.",
				"The box of a task is named by the text beside it.",
				"A callout is a note that is named by its kind; the colour only repeats it.",
			},
		},
		{
			Name:          "nf-platform-update",
			Examples:      []Example{x("A new version is ready", "The loader brings it when a new offline worker waits. Here it is live: “Reload” loads this page anew, “Later” puts it off for this session.", "update", update())},
			Accessibility: []string{"It never reloads by itself, and never while the page holds text that is not sent."},
		},
		{
			Name:          "nf-platform-vitals",
			Examples:      []Example{x("As the frame of a page places it", "It draws nothing, so there is nothing to see: when the page is left it sends its timings to /vitals. One speaks for a page, however many there are.", "vitals", vitals())},
			Accessibility: []string{"It is hidden, and takes no focus."},
		},
		{
			Name:          "nf-platform-install",
			Examples:      []Example{x("The browser's offer", "The loader brings it where the browser offers to install the site. Here there is no offer behind it, so a press only takes it away, as it does in the footer.", "install", install())},
			Accessibility: []string{"A button like any other; nothing is announced, for nobody has asked for it."},
		},
		{
			Name:     "nf-platform-palette",
			Examples: []Example{x("In its place", "The loader brings it at Ctrl+K (⌘K), over the page. Here it stands in the page, with what this page links to.", "palette", palette())},
			Accessibility: []string{
				"The focus stays in the field; the arrows choose, and the row that is chosen is announced (combobox with a list).",
				"Every row is a link, so Ctrl+Enter or a press with it opens another tab. Esc closes it, and the focus goes back where it was.",
			},
		},
		{
			Name: "nf-platform-outbox",
			Examples: []Example{
				x("Sent", "The loader brings it, and it writes these lines. They are written into the example, where nothing waits to be sent.", "outboxSent", outboxSent()),
				x("Refused", "", "outboxRefused", outboxRefused()),
				x("Refused, and its page is gone", "A post may be deleted, or not theirs to edit any more. What was written stays until they discard it.", "outboxAway", outboxAway()),
			},
			Accessibility: []string{"Lines are added to one live region, each of them once."},
		},
		{
			Name:          "nf-platform-offline",
			Examples:      []Example{x("Nothing is kept", "As the server renders it. It is not brought to life here: it would load the page anew as soon as there is a connection.", "offline", offline())},
			Accessibility: []string{"What changes is told politely; the button works without it."},
		},
	}
}
