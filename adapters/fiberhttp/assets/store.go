package assets

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
)

// Store answers what a page needs to name, and the files behind those names. It is safe for concurrent use.
type Store interface {
	// Lookup answers the file at the path of a request, as it stood in the request line (not decoded), in the best
	// encoding that Accept-Encoding allows. It knows everything under /assets/ and the paths of Roots, and nothing else.
	Lookup(path, acceptEncoding string) (Asset, bool)
	// Roots lists the paths outside /assets/ that Lookup answers.
	Roots() []string

	// Stylesheets lists the addresses of the page's styles, in order.
	Stylesheets() []string
	// Critical are the rules that the publication's pages are painted by before their styles have arrived, to be written byte
	// for byte, and CriticalHash is the policy's source expression for them; both empty in development.
	Critical() string
	CriticalHash() string
	// Modules lists the addresses that the module of an island brings with it: its own, and what it imports at once. None in
	// development, where they change while a page is loaded. Without a name it is the loader's.
	Modules(element string) []string
	// ImportMap is the text of the page's import map, to be written byte for byte; empty in a release.
	ImportMap() string
	// ImportMapHash is the policy's source expression for it ('sha256-…'); empty in a release.
	ImportMapHash() string
	// LoaderURL is the module that loads islands.
	LoaderURL() string
	// IslandsMap is JSON for the loader's data-islands: element name to address of its module.
	IslandsMap() string
	// ServiceWorkerURL is for the loader's data-service-worker; empty in development, where nothing may hide a change.
	ServiceWorkerURL() string
	// ManifestURL, IconURL (SVG) and TouchIconURL (PNG, 180 px) are for the page's head.
	ManifestURL() string
	IconURL() string
	TouchIconURL() string
	// OwnIcons tells that the icons are the product's own, not NeoForge's.
	OwnIcons() bool

	// ServiceWorker and Manifest are what Lookup answers at their addresses, not compressed.
	ServiceWorker() Asset
	Manifest() Asset

	// SSRBundle is the script that renders islands on the server, and SSRVersion changes when that script does.
	SSRBundle(ctx context.Context) ([]byte, error)
	SSRVersion() string
}

// Asset is one file in one encoding. Body must not be changed.
type Asset struct {
	Body         []byte
	ContentType  string
	ETag         string // strong, with its quotes; another for each encoding
	CacheControl string
	Encoding     string // for Content-Encoding; empty: none
	Vary         string // empty: the answer depends on no header
}

const (
	prefix = "/assets/"

	urlManifest  = "/manifest.webmanifest"
	urlWorker    = "/sw.js"
	urlIcon      = "/favicon.svg"
	urlOldIcon   = "/favicon.ico"
	urlTouchIcon = "/apple-touch-icon.png"

	revalidate = "no-cache"
	forADay    = "public, max-age=86400"
	forever    = "public, max-age=31536000, immutable"
)

func roots() []string {
	return []string{urlManifest, urlWorker, urlIcon, urlOldIcon, urlTouchIcon}
}

// policyHash is a source expression for an inline block (Content Security Policy Level 3, hash-source).
func policyHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func etag(body []byte, encoding string) string {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	if encoding != "" {
		tag += "-" + encoding
	}
	return `"` + tag + `"`
}
