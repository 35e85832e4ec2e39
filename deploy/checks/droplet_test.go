package checks

import (
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// droplet is what this recipe uses of cloud-init's format; another word is misspelt.
// https://docs.cloud-init.io/en/latest/reference/modules.html
type droplet struct {
	PackageUpdate  bool     `json:"package_update"`
	PackageUpgrade bool     `json:"package_upgrade"`
	Packages       []string `json:"packages"`
	Users          []struct {
		Name       string   `json:"name"`
		Groups     []string `json:"groups"`
		Shell      string   `json:"shell"`
		LockPasswd bool     `json:"lock_passwd"`
	} `json:"users"`
	DisableRoot bool `json:"disable_root"`
	SSHPwauth   bool `json:"ssh_pwauth"`
	WriteFiles  []struct {
		Path        string `json:"path"`
		Content     string `json:"content"`
		Permissions string `json:"permissions"`
	} `json:"write_files"`
	Runcmd [][]string `json:"runcmd"`
}

func TestDroplet_IsWhatCloudInitReads(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../digitalocean/cloud-init.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "#cloud-config\n") {
		t.Error("its first line does not say what it is: cloud-init would not read it")
	}
	if len(text) > 64<<10 {
		t.Errorf("it has %d bytes, a droplet takes 64 KiB", len(text))
	}
	var d droplet
	if err := yaml.UnmarshalStrict(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.SSHPwauth || !d.Users[0].LockPasswd {
		t.Error("people may sign in by a password")
	}
	var commands, files []string
	for _, c := range d.Runcmd {
		commands = append(commands, strings.Join(c, " "))
	}
	for _, want := range []string{"ufw default deny incoming", "ufw allow OpenSSH", "ufw --force enable", "systemctl enable --now neoforge-backup.timer"} {
		if !slices.Contains(commands, want) {
			t.Errorf("it does not run %s", want)
		}
	}
	if slices.Index(commands, "ufw allow OpenSSH") > slices.Index(commands, "ufw --force enable") {
		t.Error("the firewall locks everybody out before SSH is let in")
	}
	for _, f := range d.WriteFiles {
		files = append(files, f.Path)
		// What a unit starts is in the repository, and may be run.
		for line := range strings.SplitSeq(f.Content, "\n") {
			if script, ok := strings.CutPrefix(line, "ExecStart=/srv/neoforge/"); ok {
				if info, err := os.Stat("../../" + script); err != nil || info.Mode()&0o111 == 0 {
					t.Errorf("%s starts %s: %v", f.Path, script, err)
				}
			}
		}
	}
	if !slices.Contains(files, "/etc/systemd/system/neoforge-backup.timer") || !slices.Contains(d.Packages, "unattended-upgrades") {
		t.Errorf("it writes %q and installs %q", files, d.Packages)
	}
}
