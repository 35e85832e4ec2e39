// Package checks is the tests of what stands beside it for other people's machines: the
// files for Kubernetes, App Platform, a droplet and compose are read by the types of those
// who will read them, strictly, so that a word that they do not know fails here.
//
// It is a module of its own, because these types are large and nothing else needs them:
//
//	cd deploy/checks && go test ./...
package checks
