package assets

import (
	"bytes"
	"encoding/json"
)

// Named answers a store whose manifest calls the site by a name, unless it has a name of its own.
func Named(s Store, name string) Store { return named{s, name} }

type named struct {
	Store
	name string
}

func (n named) Lookup(requestPath, acceptEncoding string) (Asset, bool) {
	if requestPath != urlManifest {
		return n.Store.Lookup(requestPath, acceptEncoding)
	}
	a, ok := n.Store.Lookup(requestPath, "")
	return n.naming(a), ok
}

func (n named) Manifest() Asset { return n.naming(n.Store.Manifest()) }

// naming writes the name before everything else that the manifest says.
func (n named) naming(a Asset) Asset {
	var manifest struct {
		Name string `json:"name"`
	}
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(a.Body), []byte("{"))
	if err := json.Unmarshal(a.Body, &manifest); err != nil || manifest.Name != "" || !isObject {
		return a
	}
	name, err := json.Marshal(n.name)
	if err != nil {
		return a
	}
	a.Body = []byte("{\n  \"name\": " + string(name) + ",\n  \"short_name\": " + string(name) + "," + string(rest) + "\n")
	a.ETag, a.Encoding, a.Vary = etag(a.Body, ""), "", ""
	return a
}
