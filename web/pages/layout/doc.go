// Package layout is the frame of every page: the document head, the header, the
// footer, flash messages, form fields, dates and money. Pages embed [Page] in
// their view and render inside [Shell], [Task] or [Sandbox].
//
// It promises that a page carries no inline style and no inline script other than
// the import map (whose hash the policy names) and data blocks, that everything
// from outside is escaped, and that a page without a Viewer is the same bytes for
// everybody.
package layout
