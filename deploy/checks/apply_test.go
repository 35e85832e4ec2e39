package checks

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/digitalocean/godo"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kubectl keeps what is to be built, and fails at the calls that match $FAIL.
const kubectl = `
case "$1" in kustomize) cp -R "$(dirname "$2")" "$DIR/kept"; echo "kind: List" ;; esac
if [ -n "$FAIL" ] && echo "$*" | grep -q -- "$FAIL"; then exit 1; fi
`

func TestKubernetesApply_MigratesThenReplacesWorkersThenTheWeb(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{"kubectl": kubectl}, nil, "kubernetes/apply", "production", image)
	r.ended(t, 0, "production runs "+image)
	r.inOrder(t,
		"kustomize", "get secret neoforge", "delete job neoforge-migrate", "in (settings, migrate)", "condition=complete job/neoforge-migrate",
		"notin (web, migrate)", "rollout status deployment/neoforge-work", "notin (migrate)", "rollout status deployment/neoforge-web",
	)
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(r.dir, "kept", "release"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	all := decoded(t, text)
	for name, have := range map[string]string{
		"web":     one[*appsv1.Deployment](t, all, "Deployment/neoforge-web").Spec.Template.Spec.Containers[0].Image,
		"work":    one[*appsv1.Deployment](t, all, "Deployment/neoforge-work").Spec.Template.Spec.Containers[0].Image,
		"migrate": one[*batchv1.Job](t, all, "Job/neoforge-migrate").Spec.Template.Spec.Containers[0].Image,
	} {
		if have != image {
			t.Errorf("%s runs %s", name, have)
		}
	}
}

func TestKubernetesApply_PutsBackWhatDoesNotGetReady(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fail, says string
		calls      []string // that come after it
		not        string   // that must not come
	}{
		"no secret":       {"get secret", "secret.example.env", nil, "delete job"},
		"migrations fail": {"job/neoforge-migrate --timeout", "the migrations failed", []string{"logs job/neoforge-migrate"}, "rollout"},
		"workers fail":    {"rollout status deployment/neoforge-work", "the old ones are back", []string{"rollout undo deployment/neoforge-work"}, "deployment/neoforge-web"},
		"the web fails":   {"rollout status deployment/neoforge-web", "the old ones are back", []string{"rollout undo deployment/neoforge-web", "rollout undo deployment/neoforge-work"}, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, map[string]string{"kubectl": kubectl}, []string{"FAIL=" + row.fail}, "kubernetes/apply", "staging", image)
			r.ended(t, 1, row.says)
			r.inOrder(t, append([]string{row.fail}, row.calls...)...)
			if slices.ContainsFunc(r.calls, func(call string) bool { return strings.Contains(call, row.not) }) {
				t.Errorf("%s was called:\n%s", row.not, strings.Join(r.calls, "\n"))
			}
		})
	}
}

func TestKubernetesApply_GoesBackAndRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	stubs := map[string]string{"kubectl": kubectl}
	back := run(t, stubs, nil, "kubernetes/apply", "staging", "--rollback")
	back.ended(t, 0, "the pods of before")
	back.inOrder(t, "rollout undo deployment/neoforge-web", "rollout undo deployment/neoforge-work")
	for _, args := range [][]string{{"staging"}, {"elsewhere", image}, {"staging", "--force"}, {"staging", "neoforge"}} {
		r := run(t, stubs, nil, "kubernetes/apply", args...)
		if r.code != 2 || r.calls != nil {
			t.Errorf("%q: exit %d after %q: %s", args, r.code, r.calls, r.output)
		}
	}
}

// doctl knows one app, and keeps the spec that it is given.
const doctl = `
case "$*" in
"apps list "*) [ -z "$APP" ] || echo "an-id $APP" ;;
"apps list-deployments "*) printf 'running ACTIVE\nfailed ERROR\nbefore SUPERSEDED\nold SUPERSEDED\n' ;;
"apps spec get "*) echo "name: the spec of $6" ;;
esac
while [ $# -gt 0 ]; do
  if [ "$1" = --spec ]; then cp "$2" "$DIR/spec"; fi
  shift
done
`

var account = []string{
	"DOMAIN=staging.example.com", "SECRET_KEY=k+/=", `MAIL_PASSWORD=a"b\c&d/$e'${f}`, "MAIL_URL=smtp://user@mail:587", "MAIL_FROM=NeoForge <hello@example.com>",
	"REGISTRY_CREDENTIALS=user:token",
}

func TestAppPlatformApply_FillsTheSpecIn(t *testing.T) {
	t.Parallel()
	for app, want := range map[string]string{"": "apps create --spec", "neoforge-staging": "apps update an-id --spec"} {
		r := run(t, map[string]string{"doctl": doctl}, append([]string{"APP=" + app}, account...), "digitalocean/apply", "staging", image)
		r.ended(t, 0, "neoforge-staging runs "+image)
		r.inOrder(t, "apps list", want)
		text := r.file(t, "spec")
		if left := regexp.MustCompile(`\$\{[A-Z_]+\}`).FindAll(text, -1); left != nil {
			t.Errorf("%q was not filled in", left)
		}
		spec, err := appSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		if i := spec.Services[0].Image; i.Registry != "neoforge-dev" || i.Repository != "neoforge" || i.Digest != digest || i.RegistryCredentials != "user:token" {
			t.Errorf("the image is %+v", i)
		}
		for key, want := range map[string]string{"MAIL_PASSWORD": `a"b\c&d/$e'${f}`, "BASE_URL": "https://staging.example.com", "DATABASE_PASSWORD": "${db.PASSWORD}", "CLOUDFLARE_ZONE_ID": ""} {
			at := slices.IndexFunc(spec.Envs, func(e *godo.AppVariableDefinition) bool { return e.Key == key })
			if spec.Envs[at].Value != want {
				t.Errorf("%s is %q, want %q", key, spec.Envs[at].Value, want)
			}
		}
		if strings.Contains(r.output, "k+/=") {
			t.Errorf("it shows a secret: %s", r.output)
		}
	}
}

func TestAppPlatformApply_GoesBackAndRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	stubs := map[string]string{"doctl": doctl}
	r := run(t, stubs, append([]string{"APP=neoforge-staging"}, account...), "digitalocean/apply", "staging", "--rollback")
	r.ended(t, 0, "runs what it ran before")
	r.inOrder(t, "apps spec get an-id --deployment before", "apps update an-id --spec")
	if have := string(r.file(t, "spec")); have != "name: the spec of before\n" {
		t.Errorf("it went to %q", have)
	}
	run(t, stubs, account, "digitalocean/apply", "staging", "--rollback").ended(t, 1, "there is no app")
	run(t, stubs, account[1:], "digitalocean/apply", "staging", image).ended(t, 2, "set DOMAIN")
	run(t, stubs, account, "digitalocean/apply", "staging", "ghcr.io/neoforge-dev/neoforge:v1").ended(t, 2, "@sha256:DIGEST")
	run(t, stubs, account, "digitalocean/apply", "--staging", image).ended(t, 2, "usage")
}
