package assets

import (
	"path"
	"strings"
)

// types of the files that are served. A file of another kind is not served at all.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

// relative answers the part after /assets/ when the request path is one that a file can have here. Names of files are
// plain: whoever sends an escape, a backslash, a control byte or a dot segment is looking for something else.
func relative(requestPath string) (string, bool) {
	name, ok := strings.CutPrefix(requestPath, prefix)
	if !ok || name == "" || len(name) > 512 || name != path.Clean(name) {
		return "", false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '/', c == '-', c == '_', c == '.', c == '@':
		default:
			return "", false
		}
	}
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(segment, ".") {
			return "", false
		}
	}
	_, known := types[path.Ext(name)]
	return name, known
}
