// Package mailtemplatetest compares the mails of a module with golden files.
package mailtemplatetest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// Golden writes every mail with its facts, by its kind, in the default language, and
// fails unless each is what <kind>.golden.txt and <kind>.golden.html in the folder say:
// the first begins with the subject. It fails for a mail that has no facts, and for facts
// of a mail that is not there. NEOFORGE_UPDATE=1 writes the files anew.
func Golden(t *testing.T, templates *mailtemplate.Templates, folder string, mails map[string]mailtemplate.Facts) {
	t.Helper()
	for _, kind := range templates.Kinds() {
		if _, ok := mails[kind]; !ok {
			t.Errorf("there is a mail %s, of which no facts are given", kind)
		}
	}
	for kind, facts := range mails {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			if !slices.Contains(templates.Kinds(), kind) {
				t.Fatal("there is no such mail")
			}
			m, err := templates.Write(mailtemplate.DefaultLanguage, kind, "cleo@example.com", facts)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, filepath.Join(folder, kind+".golden.txt"), "Subject: "+m.Subject+"\n\n"+m.Text)
			compare(t, filepath.Join(folder, kind+".golden.html"), m.HTML)
		})
	}
}

func compare(t *testing.T, file, have string) {
	t.Helper()
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(have), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s differs; if that is meant, run the test with NEOFORGE_UPDATE=1\nhave:\n%s", file, have)
	}
}
