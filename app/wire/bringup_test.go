package wire

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/neoforge-dev/neoforge/app/config"
)

func TestExplainFolder_SaysWhatToDoWhenItCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{fs.ErrPermission, &fs.PathError{Op: "mkdir", Path: "var", Err: syscall.EROFS}, &fs.PathError{Op: "open", Path: "var", Err: syscall.EACCES}} {
		if err := explainFolder("var", cause); !strings.Contains(err.Error(), "DATABASE_URL=sqlite://") {
			t.Errorf("%v is explained as %v", cause, err)
		}
	}
}

func TestKeptKey_IsOneForProcessesThatStartAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret.key")
	keys := make([]string, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := keptKey(file)
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	for _, k := range keys {
		if k != keys[0] || len(k) != 32 {
			t.Fatal("two processes have different keys")
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key can be read by others: %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptKey(file); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a broken key is explained as %v", err)
	}
}

func TestCheckModules_RefusesWhatCannotBeAProgram(t *testing.T) {
	t.Parallel()
	noop := Build0(func(*Platform) (Parts, error) { return Parts{}, nil })
	if err := checkModules([]Module{{Name: "a", Build: noop}, {Name: "a", Build: noop}}); err == nil {
		t.Error("one name was taken twice")
	}
	if err := checkModules([]Module{{Name: "a"}}); err == nil {
		t.Error("a module without Build was accepted")
	}
	// content without identity lacks what identity provides.
	if _, err := OpenToDescribe(t.Context(), Product{Name: "Test", Modules: []Module{Content, Billing}}); err == nil || !strings.Contains(err.Error(), "add identity to the list") {
		t.Errorf("have %v", err)
	}
}

func TestPolicy_HoldsWhatModulesGrant(t *testing.T) {
	t.Parallel()
	policy := policyOf([]Module{Identity, Billing, Content})
	if got := policy.PermissionsOf("member"); len(got) != 0 {
		t.Errorf("members hold %v", got)
	}
	if len(policy.PermissionsOf("author")) >= len(policy.PermissionsOf("administrator")) {
		t.Errorf("authors hold %v, administrators %v", policy.PermissionsOf("author"), policy.PermissionsOf("administrator"))
	}
}

func TestExplainDatabase_NeverShowsThePassword(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{"DATABASE_URL=postgres://u:hunter2@db:5432/app"})
	if err != nil {
		t.Fatal(err)
	}
	if err := explainDatabase(cfg, syscall.ECONNREFUSED); strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "start Postgres") {
		t.Errorf("have %v", err)
	}
}
