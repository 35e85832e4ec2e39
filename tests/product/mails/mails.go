// Package mails holds the words of the notice board's mails.
package mails

import (
	"embed"

	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

//go:embed *.json
var files embed.FS

// Notices are those of the context notices.
var Notices = mailtemplate.Source{Files: files}
