package mails_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplatetest"

	"example.com/noticeboard/mails"
)

func TestNotices_AreAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	all, err := mailtemplate.Open(mailtemplate.Site{Name: "Notice Board", BaseURL: "https://board.example"}, mailtemplate.Source{}, mailtemplate.Module{Name: "notices", Source: mails.Notices})
	if err != nil {
		t.Fatal(err)
	}
	mailtemplatetest.Golden(t, all.Of("notices"), "testdata", map[string]mailtemplate.Facts{
		"posted": {Name: "Ben", Data: map[string]string{"text": "Coffee is ready, see http://coffee.example"}},
	})
}
