//go:build !release

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLicenses_OfAllThatIsShippedAreCollected(t *testing.T) {
	t.Parallel()
	parts, err := shipped(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	into := t.TempDir()
	if err := collect(parts, into); err != nil {
		t.Error(err)
	}
	for _, pattern := range []string{"go/LICENSE", "github.com/gofiber/fiber/v2@*/LICENSE", "entgo.io/ent@*/LICENSE", "npm/lit@*/LICENSE"} {
		found, err := filepath.Glob(filepath.Join(into, filepath.FromSlash(pattern)))
		if err != nil || len(found) != 1 {
			t.Errorf("%s is not there (%v)", pattern, err)
		}
	}
}

const gnu = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU General
Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any
later version. This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even
the implied warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for
more details. You should have received a copy of the GNU General Public License along with this program. If not, see
<https://www.gnu.org/licenses/>.`

func TestLicenses_RefusesWhatAsksForMoreOrSaysNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		part
		text, want string
	}{
		"a module of none":       {want: "says no licence"},
		"words of no licence":    {text: "All rights reserved.", want: "says no licence"},
		"one that spreads":       {text: gnu, want: "GPL-3.0"},
		"a package that spreads": {part: part{says: "AGPL-3.0-only"}, want: "AGPL-3.0-only is not among"},
		"a package that is free": {part: part{says: "MIT"}},
	} {
		p := c.part
		p.name, p.dir = "example.org/part@v1.0.0", t.TempDir()
		if c.text != "" {
			if err := os.WriteFile(filepath.Join(p.dir, "LICENSE"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := collect([]part{p}, t.TempDir())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
