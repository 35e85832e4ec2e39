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
		"approved":     {Name: "Cleo", Data: map[string]string{"reviewer": "Ben", "kind": "post", "title": "On tempering", "note": ""}},
		"handed_over":  {Name: "Cleo", Data: map[string]string{"by": "Ben", "kind": "post", "title": "On tempering", "id": "0198c3f0-7d2a-7c31-8f5e-3b1d9a4c6e70"}},
		"named_author": {Name: "Cleo", Data: map[string]string{"by": "Ben", "kind": "post", "title": "On tempering", "id": "0198c3f0-7d2a-7c31-8f5e-3b1d9a4c6e70"}},
		"sent_back":    {Name: "Cleo", Data: map[string]string{"reviewer": "Ben", "kind": "page", "title": "On tempering", "note": "Say where the figures are from."}},
	})
}
