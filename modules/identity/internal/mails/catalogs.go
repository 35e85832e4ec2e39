package mails

import (
	"embed"

	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

//go:embed catalogs
var catalogFiles embed.FS

// Catalogs are the words of identity's mails; each is called by its [Kind].
var Catalogs = mailtemplate.Source{Files: catalogFiles, Folder: "catalogs"}

// exactData is what a mail names that nobody chose the words of.
var exactData = map[string]bool{"address": true, "invitation": true}
