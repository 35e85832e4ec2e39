package architecture

import (
	"fmt"
	"slices"
	"strings"
)

// ImportWalls checks the direction of every import:
// app/wire -> adapters -> modules -> ports -> standard library.
func ImportWalls(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		for _, imp := range f.Imports {
			if rule := importRule(f, imp); rule != "" {
				out = append(out, Violation{f.Path, fmt.Sprintf("imports %s: %s", imp, rule)})
			}
		}
	}
	return out
}

// outsideTheRules are packages of the standard library that a rule of a module has no
// use for: servers, files, processes and logs are an adapter's.
var outsideTheRules = []string{"database/sql", "expvar", "log", "net", "net/http", "net/rpc", "net/smtp", "net/textproto", "os", "plugin", "syscall"}

func refusedToModules(imp string) bool {
	return slices.ContainsFunc(outsideTheRules, func(p string) bool {
		// net/url, net/mail and net/netip only speak of addresses.
		return imp == p || p != "net" && within(imp, p)
	})
}

func importRule(f File, imp string) string {
	folder := f.Folder()
	target, isLocal := local(imp)
	if isLocal && !f.IsTest() {
		switch {
		case isTestPackage(target):
			return "a package of tests is imported by tests only"
		case within(target, "tests"):
			return "tests are imported by tests only"
		}
	}
	switch f.Layer() {
	case LayerPort:
		if isStandard(imp) || isLocal && within(target, "ports") || slices.Contains(vendorsAt(folder), imp) {
			return ""
		}
		return "ports know the standard library and each other"
	case LayerModule:
		own := strings.Join(strings.SplitN(folder, "/", 3)[:2], "/")
		switch {
		case isStandard(imp) && !f.IsTest() && refusedToModules(imp):
			return "modules know neither servers, files nor logs: what they need of them is a port"
		case isStandard(imp), isLocal && (within(target, "ports") || within(target, own)):
			return ""
		case isLocal && within(target, "modules"):
			return "a module meets another through ports only"
		case isLocal && strings.HasSuffix(f.Path, "_test.go") && (within(target, "adapters") || within(target, "tests")):
			return "" // use cases are tested beside themselves, on SQLite in memory
		}
		return "modules know the standard library, ports and themselves"
	case LayerWeb:
		if isLocal && !within(target, "web") && (target != skipsFolder || !f.IsTest()) {
			return "web imports nothing local"
		}
	case LayerTables:
		if isLocal && !within(target, "ent") {
			return "the schema knows no other layer"
		}
	case LayerAdapter:
		if isLocal && within(target, "app") {
			return "adapters are wired by app and do not know it"
		}
	case LayerApp:
		switch {
		case isLocal && within(target, "adapters") && !within(folder, "app/wire") && !f.IsTest():
			return "app/wire is the only importer of adapters"
		case within(folder, "app/config") && isLocal && !within(target, "app/config") && !f.IsTest():
			return "the settings import nothing local"
		}
	case LayerDeploy:
		if isLocal && !f.IsTest() && !within(target, "web") && !within(target, "deploy") && !within(target, "adapters/fiberhttp/assets") {
			return "tools know the tree and what is bundled, not the program"
		}
	case LayerTests, LayerProduct, LayerTestdata:
	default:
		return "it stands in no layer, so that nobody knows what it may import"
	}
	return ""
}
