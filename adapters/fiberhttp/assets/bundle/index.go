package bundle

// IndexFile is the name of the index in the folder that a release embeds.
const IndexFile = "index.json"

// Index tells a release what its folder holds.
type Index struct {
	Loader      string              `json:"loader"`
	Islands     map[string]string   `json:"islands"`
	Modules     map[string][]string `json:"modules"` // of each island, and of the loader by no name: its address, then what it imports at once
	Stylesheets []string            `json:"stylesheets"`
	Critical    string              `json:"critical"` // rules that stand in pages themselves
	OwnIcons    bool                `json:"own_icons,omitempty"`
	SSR         string              `json:"ssr"`         // file of the server-rendering script
	SSRVersion  string              `json:"ssr_version"` // changes with its content
	Files       []File              `json:"files"`
}

// File is one address and the files that hold its content: Name as it is, and Name with a suffix for each encoding.
type File struct {
	URL       string   `json:"url"`
	Name      string   `json:"name"`
	Immutable bool     `json:"immutable,omitempty"` // the address changes with the content
	Encodings []string `json:"encodings,omitempty"`
}

// Suffix answers what is added to a file's name for an encoding, as named in Content-Encoding.
func Suffix(encoding string) string {
	switch encoding {
	case "br":
		return ".br"
	case "zstd":
		return ".zst"
	case "gzip":
		return ".gz"
	}
	return ""
}
