package identitypages

import "github.com/neoforge-dev/neoforge/web/pages/layout"

func passkey(attributes map[string]string) layout.IslandTag {
	return layout.IslandTag{Element: "nf-identity-passkey", Attributes: attributes}
}

// makePasskey has the form within make a passkey.
func makePasskey() layout.IslandTag {
	return passkey(map[string]string{"data-ceremony": "create", "data-options-url": "/api/v1/me/passkeys/options"})
}

// askPasskey has the form within be answered by a passkey, with options from the API.
// autofill offers it where the e-mail address is typed.
func askPasskey(optionsURL string, autofill bool) layout.IslandTag {
	attributes := map[string]string{"data-ceremony": "get", "data-options-url": optionsURL}
	if autofill {
		attributes["autofill"] = ""
	}
	return passkey(attributes)
}

// answerPasskey is askPasskey with options that the form has in its attribute data-options.
// They are made for one person and one time: in the element's own attributes they would
// fill the cache of what was rendered.
func answerPasskey() layout.IslandTag {
	return passkey(map[string]string{"data-ceremony": "get"})
}
