package checks

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const docker = `
case "$1" in inspect) printf 'docker.io/other@sha256:ff\nghcr.io/neoforge-dev/neoforge@` + digest + `\n' ;; esac
if [ -n "$FAIL" ] && echo "$*" | grep -q -- "$FAIL"; then exit 1; fi
`

func TestReleaseImage_IsNamedByItsDigest(t *testing.T) {
	t.Parallel()
	stubs := map[string]string{"docker": docker, "git": "echo 0123abc"}
	output := filepath.Join(t.TempDir(), "output")
	r := run(t, stubs, []string{"GITHUB_OUTPUT=" + output}, "release/image", "ghcr.io/NeoForge-dev/neoforge", "v1.2.3")
	r.ended(t, 0, image)
	r.inOrder(t, "docker build --build-arg VERSION=v1.2.3", "docker push ghcr.io/neoforge-dev/neoforge:v1.2.3", "docker inspect")
	if text, err := os.ReadFile(output); err != nil || string(text) != "image="+image+"\n" {
		t.Errorf("the workflow is told %q, %v", text, err)
	}
	for _, version := range []string{"1.2.3", "latest", "v1", "v1.2.3;id"} {
		run(t, stubs, nil, "release/image", "ghcr.io/neoforge-dev/neoforge", version).ended(t, 2, "use v1.2.3")
	}
	if r := run(t, stubs, []string{"FAIL=^push"}, "release/image", "ghcr.io/neoforge-dev/neoforge", "v1.2.3"); r.code != 1 || strings.Contains(r.output, "sha256") {
		t.Errorf("what was not pushed: exit %d, %s", r.code, r.output)
	}
	run(t, stubs, nil, "release/image", "ghcr.io/somebody/else", "v1.2.3").ended(t, 1, "gave no digest")
}

func TestReleaseSign_SignsAnImageAndWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	stubs := map[string]string{"cosign": ""}
	sbom := filepath.Join(t.TempDir(), "sbom.json")
	if err := os.WriteFile(sbom, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, stubs, nil, "release/sign", image, sbom)
	r.ended(t, 0, "")
	r.inOrder(t, "cosign sign --yes "+image, "cosign attest --yes --type cyclonedx --predicate "+sbom+" "+image)
	run(t, stubs, nil, "release/sign", "ghcr.io/neoforge-dev/neoforge:v1", sbom).ended(t, 2, "a tag may be moved")
	run(t, stubs, nil, "release/sign", image, sbom+"x").ended(t, 2, "is missing")
}

// Only the release workflow of this repository, run for a tag, is believed.
func TestReleaseVerify_BelievesTheReleaseWorkflowAlone(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{"cosign": ""}, nil, "release/verify", "neoforge-dev/neo.forge", image)
	r.ended(t, 0, "was made by the release workflow")
	r.inOrder(t, "cosign verify ", "cosign verify-attestation --type cyclonedx")
	for _, call := range r.calls {
		m := regexp.MustCompile(`--certificate-identity-regexp (\S+) --certificate-oidc-issuer https://token\.actions\.githubusercontent\.com `).FindStringSubmatch(call)
		if m == nil {
			t.Fatalf("it asks for nobody's signature: %s", call)
		}
		signer := regexp.MustCompile(m[1])
		for identity, want := range map[string]bool{
			"https://github.com/neoforge-dev/neo.forge/.github/workflows/release.yml@refs/tags/v1.2.3":          true,
			"https://github.com/neoforge-dev/neo.forge/.github/workflows/release.yml@refs/heads/main":           false,
			"https://github.com/neoforge-dev/neo.forge/.github/workflows/other.yml@refs/tags/v1.2.3":            false,
			"https://github.com/neoforge-dev/neoxforge/.github/workflows/release.yml@refs/tags/v1.2.3":          false,
			"https://evil/https://github.com/neoforge-dev/neo.forge/.github/workflows/release.yml@refs/tags/v1": false,
		} {
			if signer.MatchString(identity) != want {
				t.Errorf("%s is believed: %t", identity, !want)
			}
		}
	}
	run(t, map[string]string{"cosign": "exit 1"}, nil, "release/verify", "o/r", image).ended(t, 1, "")
}

func TestReleaseDeploy_TakesBackWhatDoesNotServe(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(away.Close)
	stubs := map[string]string{"kubectl": kubectl}
	r := run(t, stubs, []string{"DEPLOY_TARGET=kubernetes", "SMOKE_WAIT=0"}, "release/deploy", "staging", image, away.URL)
	r.ended(t, 1, "staging does not serve: going back")
	r.inOrder(t, "rollout status deployment/neoforge-web", "rollout undo deployment/neoforge-web", "rollout undo deployment/neoforge-work")
	if r := run(t, stubs, nil, "release/deploy", "staging", image, away.URL); r.code != 2 || !strings.Contains(r.output, "DEPLOY_TARGET") || r.calls != nil {
		t.Errorf("nowhere: exit %d, %q: %s", r.code, r.calls, r.output)
	}
}

// What a workflow runs is there, may do no more than it needs, and is pinned by what
// nobody can move.
func TestWorkflows_ArePinnedAndRunWhatIsThere(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	var scripts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w struct {
			Permissions map[string]string `json:"permissions"`
			Concurrency any               `json:"concurrency"`
		}
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatal(err)
		}
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" || w.Concurrency == nil {
			t.Errorf("%s may do %v, with the concurrency %v", file, w.Permissions, w.Concurrency)
		}
		for _, m := range regexp.MustCompile(`uses: (\S+)`).FindAllStringSubmatch(string(text), -1) {
			if !strings.HasPrefix(m[1], "./") && !regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(m[1]) {
				t.Errorf("%s uses %s, which can be moved", file, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`(?m)(?:run: |^ +)(deploy/\S+|\.ci/run)`).FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], ".sum") {
				continue
			}
			scripts = append(scripts, m[1])
			if info, err := os.Stat("../../" + m[1]); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s runs %s: %v", file, m[1], err)
			}
		}
	}
	for _, want := range []string{"deploy/release/image", "deploy/release/sbom", "deploy/release/sign", "deploy/release/verify", "deploy/release/deploy"} {
		if !slices.Contains(scripts, want) {
			t.Errorf("no workflow runs %s: %q", want, scripts)
		}
	}
}
