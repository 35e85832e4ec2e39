package review_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content/review"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplatetest"
)

func TestMails_AreInTheirWords(t *testing.T) {
	t.Parallel()
	all, err := mailtemplate.Open(mailtemplate.Site{Name: "NeoForge", BaseURL: "https://neoforge.test"}, mailtemplate.Source{}, mailtemplate.Module{Name: "content", Source: review.Mails})
	if err != nil {
		t.Fatal(err)
	}
	mailtemplatetest.Golden(t, all.Of("content"), "testdata", map[string]mailtemplate.Facts{
		"approved":  {Name: "Cleo", Data: map[string]string{"reviewer": "Ben", "kind": "post", "title": "On tempering", "note": ""}},
		"sent_back": {Name: "Cleo", Data: map[string]string{"reviewer": "Ben", "kind": "page", "title": "On tempering", "note": "Say where the figures are from."}},
	})
}
