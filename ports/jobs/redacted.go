package jobs

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// hidden stands in place of what may be a person's.
const hidden = "[hidden]"

var (
	// opaque are values that name something and describe nobody: ids, and the names of
	// events such as "identity.user_erased.v1". A name such as "jane.doe" is none.
	opaque = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-z][a-z0-9_]*\.[a-z0-9_]+\.v[0-9]{1,3})$`)
	// member is the name of a field, not a key that is data itself.
	member  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	address = regexp.MustCompile(`[^\s<>()",;:=&?\[\]]+(?:@|%40)[^\s<>()",;:=&?\[\]]+`)
)

// Redacted is a payload as it may be shown on a page: the names of its fields, and of
// their values only ids, the names of kinds, and yes or no. A payload that is no JSON is
// hidden as a whole; none is empty.
func Redacted(payload []byte) string {
	if len(bytes.TrimSpace(payload)) == 0 {
		return ""
	}
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		return hidden
	}
	text, err := json.Marshal(redacted(v))
	if err != nil {
		return hidden
	}
	return string(text)
}

func redacted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			if !member.MatchString(name) {
				name = hidden
			}
			out[name] = redacted(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redacted(v[i])
		}
		return out
	case nil, bool:
		return v
	case string:
		if v == "" || opaque.MatchString(v) {
			return v
		}
	}
	return hidden
}

// RedactedText is an error as it may be shown on a page: without the addresses in it.
func RedactedText(text string) string { return address.ReplaceAllString(text, hidden) }
