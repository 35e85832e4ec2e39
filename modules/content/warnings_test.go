package content_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestWarning_SaysWhatIsTakenAwayInAFewWords(t *testing.T) {
	t.Parallel()
	for _, code := range []content.WarningCode{
		content.TagRemoved, content.ContentRemoved, content.TagMisplaced, content.TagUnclosed, content.AttributeRemoved, content.AddressRemoved, content.CommentUnclosed,
	} {
		message := content.Warning{Code: code, Tag: "a", Attribute: strings.Repeat("語", 1000)[:300]}.Message()
		if message == string(code) || !strings.HasSuffix(message, ".") || code != content.CommentUnclosed && !strings.Contains(message, "<a>") {
			t.Errorf("%s: %q", code, message)
		}
	}
	if message := (content.Warning{Code: content.AddressRemoved, Tag: "a", Attribute: strings.Repeat("語", 100)}).Message(); strings.Count(message, "語") != 60 || !strings.Contains(message, "…") {
		t.Errorf("%q", message)
	}
}
