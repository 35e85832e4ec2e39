package layout

import "strings"

// First returns the first of the names that has an error, so that the page opens
// with the focus on it; empty when none has.
func (e FieldErrors) First(names ...string) string {
	for _, name := range names {
		if e[name] != "" {
			return name
		}
	}
	return ""
}

func (f Field) id() string {
	if f.Of != "" {
		return "field-" + f.Name + "-" + f.Of
	}
	return "field-" + f.Name
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) describedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

func noticeRole(kind FlashKind) string {
	if kind == FlashError {
		return "alert"
	}
	return "status"
}
